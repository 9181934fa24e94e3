"""``python -m acs_emulator``, started as a program."""

import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from azure.communication.identity import CommunicationIdentityClient
from azure.core.credentials import AzureKeyCredential

from acs_emulator.entra.provider import BACKDATED_SECONDS
from tests.emulator.entra.client import part
from tests.programs import Program
from tests.raw_http import call, go_away_while_sending
from tests.serving import ROOT, environment, running_program

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


# Each prints the status of a GET request to its argument.
CLIENTS = {
    "Python": "import sys, urllib.request as client; print(client.urlopen(sys.argv[1]).status)",
    "Node": "fetch(process.argv[1]).then((response) => console.log(response.status))",
    "Java": """
        public class Client {
            public static void main(String[] args) throws Exception {
                var url = java.net.URI.create(args[0]).toURL();
                System.out.println(((java.net.HttpURLConnection) url.openConnection()).getResponseCode());
            }
        }
        """,
}


def client_command(language: str, folder: Path) -> list[str]:
    """The command that runs the client in a language, without its argument."""
    if language == "Java":
        if not shutil.which("java") or not shutil.which("keytool"):
            pytest.skip("no java and keytool on PATH: Java was NOT tested")
        (folder / "Client.java").write_text(CLIENTS[language])
        return ["java", str(folder / "Client.java")]
    if language == "Node":
        if not shutil.which("node"):
            pytest.skip("no node on PATH: Node was NOT tested")
        return ["node", "--eval", CLIENTS[language]]
    return [sys.executable, "-c", CLIENTS[language]]


def printed_lines(program: Program, language: str) -> str:
    """The shell lines that the emulator printed below the name of a language."""
    found = re.search(rf"^  {language}\n((?:    .*\n)+)", program.output, re.MULTILINE)
    assert found, program.output
    return found[1]


def readme_lines(language: str) -> str:
    """The shell lines of the README for a language."""
    text = (ROOT / "acs_emulator" / "README.md").read_text()
    pattern = r"```sh\n(keytool.*?)```" if language == "Java" else rf"^\| {language} \| `(.*)` \|$"
    found = re.search(pattern, text, re.DOTALL if language == "Java" else re.MULTILINE)
    assert found
    return found[1] + "\n"


def run_in_shell(
    lines: str, command: list[str], url: str, cwd: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f'{lines}exec "$@"', "bash", *command, url],
        env=environment(SSL_CERT_FILE="", NODE_EXTRA_CA_CERTS=""),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("language", CLIENTS)
def test_the_printed_lines_make_a_program_trust_it(tmp_path: Path, language: str) -> None:
    command = client_command(language, tmp_path)
    certificates = tmp_path / "with a blank" if language != "Java" else tmp_path / "certs"
    arguments = ("--port", "0", "--tls-port", "0", "--certs", str(certificates))
    with running_program("acs_emulator", *arguments) as program:
        program.read_until(r"IDENTITY_HEADER=.*\n")
        endpoint = re.findall("export ACS_ENDPOINT='(.*)'", program.output)[0]
        url = f"{endpoint}/.well-known/jwks.json"

        without = run_in_shell("", command, url, tmp_path)
        trusting = run_in_shell(printed_lines(program, language), command, url, tmp_path)

    assert without.returncode != 0
    assert trusting.stdout.splitlines()[-1:] == ["200"], trusting.stderr


@pytest.mark.parametrize("language", CLIENTS)
def test_the_readmes_lines_make_a_program_trust_it(tmp_path: Path, language: str) -> None:
    command = client_command(language, tmp_path)
    arguments = ("--port", "0", "--tls-port", "0")
    with running_program("acs_emulator", *arguments, cwd=tmp_path) as program:
        endpoint = program.read_until("export ACS_ENDPOINT='(.*)'\n")[1]
        url = f"{endpoint}/.well-known/jwks.json"

        ran = run_in_shell(readme_lines(language), command, url, tmp_path)

    assert ran.stdout.splitlines()[-1:] == ["200"], ran.stderr


def test_certificates_stay_across_runs(tmp_path: Path) -> None:
    kept = []
    for _ in range(2):
        arguments = ("--port", "0", "--tls-port", "0")
        with running_program("acs_emulator", *arguments, cwd=tmp_path) as program:
            program.read_until("IDENTITY_HEADER")
        kept.append((tmp_path / ".acs-emulator" / "ca.pem").read_bytes())

    assert kept[0] == kept[1]


def test_an_own_key_is_valid_and_tls_can_be_left_out(tmp_path: Path) -> None:
    arguments = ("--port", "0", "--access-key", "bXkga2V5")
    with running_program("acs_emulator", *arguments, cwd=tmp_path) as program:
        ready = program.read_until(READY + r"[\s\S]*accesskey=(\S+)'")
        client = CommunicationIdentityClient(ready[1], AzureKeyCredential("bXkga2V5"))

        assert ready[3] == "bXkga2V5"
        assert client.create_user().raw_id.startswith("8:acs:")
        assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_not_base64_is_refused() -> None:
    with running_program("acs_emulator", "--access-key", "****") as program:
        program.read_until("--access-key: must be base64")

        assert program.wait() == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it(number: int) -> None:
    with running_program("acs_emulator", "--port", "0") as program:
        program.read_until(READY)

        assert program.stop(number) == 0
        assert "Traceback" not in program.output


@pytest.mark.parametrize("path", ["/emulator/verify", "/identities", "/common/oauth2/token"])
def test_a_client_that_goes_away_while_it_sends_is_no_error(path: str) -> None:
    with running_program("acs_emulator", "--port", "0") as program:
        address = program.read_until(READY)[1]
        go_away_while_sending(address, path)
        assert call(address, "GET", "/.well-known/jwks.json").status == 200
        program.stop()

        assert "Traceback" not in program.output


def test_a_taken_port_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running_program("acs_emulator", "--port", str(port)) as program:
            program.read_until(f"Port {port} is taken. Name another")

            assert program.wait() == 1


@pytest.mark.parametrize("arguments", [("--port", "70000"), ("--port", "x"), ("--tls-port", "-1")])
def test_an_invalid_port_is_reported(arguments: tuple[str, str]) -> None:
    with running_program("acs_emulator", *arguments) as program:
        program.read_until(f"{arguments[0]}: must be 0 to 65535")

        assert program.wait() == 2


def test_a_folder_that_cannot_be_created_is_reported() -> None:
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


def test_the_lifetime_of_entras_tokens_can_be_set() -> None:
    arguments = ("--port", "0", "--entra-token-seconds", "90")
    form = (
        b"grant_type=password&username=alice@contoso.example&password=emulator&client_id="
        b"acc50000-0000-4000-8000-000000000005&scope=openid api://acc50000-0000-4000-8000-000000000005/x"
    )
    with running_program("acs_emulator", *arguments) as program:
        address = program.read_until(READY)[1]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        issued = call(address, "POST", "/organizations/oauth2/v2.0/token", form, headers).json

    tokens = [part(issued[name]) for name in ("access_token", "id_token")]
    assert issued["expires_in"] == 90
    assert [token["exp"] - token["iat"] - BACKDATED_SECONDS for token in tokens] == [90, 90]


@pytest.mark.parametrize("seconds", ["0", "86401", "-1", "1.5", "x"])
def test_a_lifetime_that_no_token_can_have_is_refused(seconds: str) -> None:
    with running_program("acs_emulator", f"--entra-token-seconds={seconds}") as program:
        program.read_until("--entra-token-seconds: must be 1 to 86400")

        assert program.wait() == 2
