"""The start of the local host: its emulator, what it prints, and its ports."""

import json
import os
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from acs_emulator.defaults import ACCESS_KEY, ACCESS_KEY_2, connection_string
from local_host.emulator import find_emulator
from tests.e2e.conftest import App
from tests.raw_http import call
from tests.serving import (
    READY,
    ROOT,
    Emulator,
    environment,
    running_program,
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_the_emulator_that_the_settings_name_until_a_signal_stops_it(
    ports: list[int], number: int
) -> None:
    acs, entra = ports
    variables = {
        "ACS_CONNECTION_STRING": connection_string(f"http://127.0.0.1:{acs}"),
        "ENTRA_AUTHORITY": f"https://localhost:{entra}",
    }
    with running_program("local_host", "--port", "0", variables=variables) as program:
        address = program.read_until(READY)[1]

        assert call(address, "POST", "/api/users/token").status == 201
        authority = program.read_until(r"export SSL_CERT_FILE=(.*/\.acs-emulator/ca\.pem)\n")[1]
        assert Path(authority).is_file()
        assert program.stop(number) == 0
    text = program.output
    assert "Emulator of Entra: https://localhost:" in text
    assert "Emulator of ACS: http://127.0.0.1:" in text
    assert "Traceback" not in text
    assert "Unclosed" not in text
    assert (
        f"export ACS_CONNECTION_STRING='endpoint=https://localhost:{entra}/;accesskey={ACCESS_KEY}'\n"
        in text
    )
    for name in ("REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert f"export {name}={authority}\n" in text
    assert "keytool -importcert" in text


def test_the_example_settings_have_a_meeting_that_the_emulator_makes(
    tmp_path: Path, ports: list[int]
) -> None:
    text = (ROOT / "local.settings.json.example").read_text()
    for port, free in zip(("7072", "7073"), ports, strict=True):
        text = text.replace(port, str(free))
    variables = json.loads(text)["Values"] | {"IDENTITY_SQLITE": str(tmp_path / "identities.db")}
    with running_program("local_host", "--port", "0", variables=variables) as program:
        address = program.read_until(READY)[1]
        replies = [call(address, "GET", "/api/guest/meeting") for _ in range(2)]

    assert {reply.status for reply in replies} == {200}
    (link,) = {reply.content.decode() for reply in replies}
    assert link.startswith("https://teams.microsoft.com/l/meetup-join/")


@pytest.mark.parametrize(
    "variables",
    [
        {"ACS_CONNECTION_STRING": "endpoint=https://my.communication.azure.com/;accesskey=" + "QUJD" * 16},
        {"ACS_ENDPOINT": "https://my.communication.azure.com"},
        {"AZURE_COMMUNICATION_CONNECTION_STRING": "endpoint=https://my.communication.azure.com/;accesskey=" + "QUJD" * 16},
    ],
)  # fmt: skip
def test_it_starts_no_emulator_when_acs_is_elsewhere(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    monkeypatch.setattr(os, "environ", environment(**variables))

    emulator, description = find_emulator(wanted=True)

    assert emulator is None
    assert description == "ACS: https://my.communication.azure.com; no emulator started.\n"


def test_it_lists_the_functions_as_core_tools_does(app: App) -> None:
    for line in (
        "create_user: [POST] {}/api/users\n",
        "create_user_and_token: [POST] {}/api/users/token\n",
        "delete_user: [DELETE] {}/api/users/{{userId}}\n",
        "exchange_teams_token: [POST] {}/api/teams/token\n",
        "guest_token: [GET,POST] {}/api/guest/token\n",
        "issue_token: [POST] {}/api/users/{{userId}}/token\n",
        "refresh_token: [POST] {}/api/users/{{userId}}/token/refresh\n",
        "revoke_tokens: [POST] {}/api/users/{{userId}}/revoke\n",
    ):
        assert line.format(app.address) in app.program.output


def test_a_taken_port_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with running_program("local_host", "--port", port, "--no-emulator") as program:
            program.read_until(f"Port {port} is taken. Name another with --port")

            assert program.wait() == 1


def test_a_running_emulator_is_used(emulator: Emulator) -> None:
    variables = {"ACS_CONNECTION_STRING": emulator.connection_string}
    with running_program("local_host", "--port", "0", variables=variables) as program:
        address = program.read_until(READY)[1]
        reply = call(address, "POST", "/api/users/token")

    assert "which runs already" in program.output
    assert emulator.examine(reply.json["token"])["valid"]


def test_a_taken_port_of_the_emulator_is_reported(app: App) -> None:
    port = urlsplit(app.address).port
    variables = {"ACS_CONNECTION_STRING": connection_string(f"http://127.0.0.1:{port}")}
    with running_program("local_host", "--port", "0", variables=variables) as program:
        program.read_until(f"Port {port} is taken. The settings have the emulator there")

        assert program.wait() == 1


@pytest.mark.parametrize("key", [ACCESS_KEY, ACCESS_KEY_2], ids=["primary", "secondary"])
def test_endpoint_and_key_name_the_emulator_as_well(ports: list[int], key: str) -> None:
    acs, entra = ports
    variables = {
        "ACS_ENDPOINT": f"http://localhost:{acs}",
        "ACS_ACCESS_KEY": key,
        "ENTRA_AUTHORITY": f"https://localhost:{entra}",
    }
    with running_program("local_host", "--port", "0", variables=variables) as program:
        address = program.read_until(READY)[1]

        assert call(address, "POST", "/api/users/token").status == 201


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
        ready = program.read_until(READY)

        assert App(ready[1], program).new_token()["userId"]


def test_the_url_for_the_developers_page_comes_second(emulator: Emulator) -> None:
    variables = {"ACS_CONNECTION_STRING": emulator.connection_string, "GUESTS": "on"}
    with running_program("local_host", "--port", "0", variables=variables) as program:
        program.read_until(READY)
        _, _, _, _, heading, _, url, *_ = program.output.splitlines()

        assert heading == "Your page gets its tokens from:"
        assert call(url.strip(), "GET", "").json["token"]


@pytest.mark.parametrize("guests", ["off", "maybe"])
def test_without_guests_there_is_no_url_for_a_page(emulator: Emulator, guests: str) -> None:
    variables = {"ACS_CONNECTION_STRING": emulator.connection_string, "GUESTS": guests}
    with running_program("local_host", "--port", "0", variables=variables) as program:
        program.read_until(READY)

        assert "Settings: the environment" in program.output
        assert "Your page" not in program.output


def test_it_prints_nothing_about_tls_for_an_emulator_without_it(emulator: Emulator) -> None:
    variables = {
        "ACS_CONNECTION_STRING": emulator.connection_string,
        "ENTRA_AUTHORITY": "https://login.microsoftonline.com",
    }
    with running_program("local_host", "--port", "0", variables=variables) as program:
        program.read_until(READY)

        assert "Emulator of ACS" in program.output
        assert "ca.pem" not in program.output
