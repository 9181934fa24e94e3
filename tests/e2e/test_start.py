"""The start of the local host: what it prints, and what it loads before the first request."""

import pytest

from acs_emulator.defaults import ACCESS_KEY
from tests.e2e.conftest import App
from tests.e2e.test_local_host import emulated, free_port
from tests.raw_http import call
from tests.serving import ROOT, Emulator, running_program

LAST_LINE = r"Ctrl-C stops it\.\n"


def test_the_first_request_finds_the_authorities_read(emulator: Emulator) -> None:
    with running_program(
        "tests.e2e.trusting_once",
        "--port",
        "0",
        "--no-emulator",
        variables={
            "ACS_CONNECTION_STRING": emulator.tls_connection_string,
            "SSL_CERT_FILE": str(emulator.authority),
        },
    ) as program:
        ready = program.read_until(r"curl -X POST (http://localhost:\d+)/api/users/token\n")

        assert App(ready[1], program).new_token()["userId"]


def test_the_url_for_a_page_comes_first(emulator: Emulator) -> None:
    variables = {"ACS_CONNECTION_STRING": emulator.connection_string, "GUESTS": "on"}
    with running_program("local_host", "--port", "0", variables=variables) as program:
        program.read_until(LAST_LINE)
        heading, _, url, *_ = program.output.splitlines()

        assert heading == "Your page gets its tokens from:"
        assert call(url.strip(), "GET", "").json["token"]


@pytest.mark.parametrize("guests", ["off", "maybe"])
def test_without_guests_there_is_no_url_for_a_page(emulator: Emulator, guests: str) -> None:
    variables = {"ACS_CONNECTION_STRING": emulator.connection_string, "GUESTS": guests}
    with running_program("local_host", "--port", "0", variables=variables) as program:
        program.read_until(LAST_LINE)

        assert "Settings: the environment" in program.output
        assert "Your page" not in program.output


def test_it_prints_how_to_use_the_emulator_over_tls() -> None:
    port = free_port()
    variables = emulated(ENTRA_AUTHORITY=f"https://localhost:{port}")
    with running_program("local_host", "--port", "0", variables=variables) as program:
        program.read_until(LAST_LINE)

        text = program.output
    assert (
        f"export ACS_CONNECTION_STRING='endpoint=https://localhost:{port}/;accesskey={ACCESS_KEY}'\n"
        in text
    )
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert f"export {name}={ROOT}/.acs-emulator/ca.pem\n" in text
    assert "keytool -importcert" in text


def test_it_prints_nothing_about_tls_for_an_emulator_without_it(emulator: Emulator) -> None:
    variables = {
        "ACS_CONNECTION_STRING": emulator.connection_string,
        "ENTRA_AUTHORITY": "https://login.microsoftonline.com",
    }
    with running_program("local_host", "--port", "0", variables=variables) as program:
        program.read_until(LAST_LINE)

        assert "Emulator of ACS" in program.output
        assert "ca.pem" not in program.output
