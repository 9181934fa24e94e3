"""``python -m acs_emulator``, run as people run it."""

import re
import signal
import socket
import stat
from pathlib import Path

import pytest
from azure.communication.identity import CommunicationIdentityClient
from azure.core.credentials import AzureKeyCredential

from tests.raw_http import call
from tests.serving import running_program

READY = r"ACS Identity at (http://127\.0\.0\.1:(\d+))\."


def test_it_prints_what_the_sdks_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    arguments = ("--port", "0", "--tls-port", "0", "--certs", str(tmp_path / "certs"))
    with running_program("acs_emulator", *arguments) as program:
        program.read_until(r"IDENTITY_HEADER=.*\n")
        plain, tls = re.findall("ACS_CONNECTION_STRING='(.*)'", program.output)
        authority = re.findall("REQUESTS_CA_BUNDLE=(.*)", program.output)[0]

        client = CommunicationIdentityClient.from_connection_string(
            tls, connection_verify=authority
        )
        user = client.create_user()

        assert user.raw_id.startswith("8:acs:")
        assert plain.startswith("endpoint=http://127.0.0.1:")
        assert program.stop() == 0
    assert stat.S_IMODE((tmp_path / "certs" / "server.key").stat().st_mode) == 0o600


def test_certificates_stay_across_runs(tmp_path: Path) -> None:
    kept = []
    for _ in range(2):
        arguments = ("--port", "0", "--tls-port", "0")
        with running_program("acs_emulator", *arguments, cwd=tmp_path) as program:
            program.read_until("IDENTITY_HEADER")
        kept.append((tmp_path / ".acs-emulator" / "ca.pem").read_bytes())

    assert kept[0] == kept[1]


def test_a_key_of_ones_own_counts_and_tls_is_left_out(tmp_path: Path) -> None:
    arguments = ("--port", "0", "--access-key", "bXkga2V5")
    with running_program("acs_emulator", *arguments, cwd=tmp_path) as program:
        ready = program.read_until(READY + r"[\s\S]*accesskey=(\S+)'")
        client = CommunicationIdentityClient(ready[1], AzureKeyCredential("bXkga2V5"))

        assert ready[3] == "bXkga2V5"
        assert client.create_user().raw_id.startswith("8:acs:")
        assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_none_is_refused() -> None:
    with running_program("acs_emulator", "--access-key", "****") as program:
        program.read_until("--access-key: must be base64")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_when_asked(number: int) -> None:
    with running_program("acs_emulator", "--port", "0") as program:
        port = int(program.read_until(READY)[2])

        assert program.stop(number) == 0
        assert "Traceback" not in program.output
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_taken_port_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running_program("acs_emulator", "--port", str(port)) as program:
            program.read_until(f"Port {port} is taken. Name another")


@pytest.mark.parametrize("arguments", [("--port", "70000"), ("--port", "x"), ("--tls-port", "-1")])
def test_a_port_that_is_none_says_so(arguments: tuple[str, str]) -> None:
    with running_program("acs_emulator", *arguments) as program:
        program.read_until(f"{arguments[0]}: must be 0 to 65535")


def test_a_folder_that_cannot_be_made_says_so() -> None:
    arguments = ("--port", "0", "--tls-port", "0", "--certs", "/dev/null/certs")
    with running_program("acs_emulator", *arguments) as program:
        program.read_until("--certs: .*/dev/null/certs")

        assert program.wait() == 1
    assert "Traceback" not in program.output


def test_it_is_reached_from_this_machine_only() -> None:
    with running_program("acs_emulator", "--port", "0") as program:
        ready = program.read_until(READY)
        port = int(ready[2])
        outside = socket.gethostbyname(socket.gethostname())

        assert call(ready[1], "GET", "/.well-known/jwks.json").status == 200
        if not outside.startswith("127."):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((outside, port), timeout=5)
