"""``python -m acs_emulator``, started as a program."""

import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from azure.communication.identity import CommunicationIdentityClient
from azure.core.credentials import AzureKeyCredential

from acs_emulator.__main__ import main
from acs_emulator.entra.provider import BACKDATED_SECONDS
from tests.programs import Program, exit_status
from tests.raw_http import call, go_away_while_sending
from tests.serving import ROOT, environment, running_program
from tests.tokens import claims_of
from tests.waiting import LIMIT_SECONDS

JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # for short programs
READY = r"ACS Identity at (http://127\.0\.0\.1:(\d+))\."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared program runs."""
    return tmp_path_factory.mktemp("emulator")


@pytest.fixture(scope="module")
def program(folder: Path) -> Iterator[Program]:
    """A program that the tests share, over http and https."""
    with running_program("acs_emulator", "--port", "0", "--tls-port", "0", cwd=folder) as program:
        program.read_until(r"IDENTITY_HEADER=.*\n")
        yield program


@pytest.fixture(scope="module")
def blank_program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The same with its certificates in a folder whose name has a blank."""
    certificates = tmp_path_factory.mktemp("emulator") / "with a blank"
    arguments = ("--port", "0", "--tls-port", "0", "--certs", str(certificates))
    with running_program("acs_emulator", *arguments) as program:
        program.read_until(r"IDENTITY_HEADER=.*\n")
        yield program


def test_it_prints_what_the_sdks_need(
    program: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    plain, tls = re.findall("ACS_CONNECTION_STRING='(.*)'", program.output)
    authority = re.findall("REQUESTS_CA_BUNDLE=(.*)", program.output)[0]

    client = CommunicationIdentityClient.from_connection_string(tls, connection_verify=authority)
    user = client.create_user()

    assert user.raw_id.startswith("8:acs:")
    assert plain.startswith("endpoint=http://127.0.0.1:")
    assert stat.S_IMODE((folder / ".acs-emulator" / "server.key").stat().st_mode) == 0o600


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


@pytest.fixture(scope="module")
def client_command(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """A function that returns the command of the client in a language, without its argument."""

    @cache
    def command(language: str) -> list[str]:
        if language == "Java":
            return java_command(tmp_path_factory.mktemp("java"))
        if language == "Node":
            if not shutil.which("node"):
                pytest.skip("no node on PATH: Node was NOT tested")
            return ["node", "--eval", CLIENTS[language]]
        return [sys.executable, "-c", CLIENTS[language]]

    return command


def java_command(folder: Path) -> list[str]:
    """Compile the client in Java, and return its command."""
    if not all(map(shutil.which, ("java", "javac", "keytool"))):
        pytest.skip("no java, javac and keytool on PATH: Java was NOT tested")
    source = folder / "Client.java"
    source.write_text(CLIENTS["Java"])
    options = [f"-J{option}" for option in JAVA_OPTIONS.split()]
    subprocess.run(["javac", *options, source], check=True, timeout=LIMIT_SECONDS)
    return ["java", "-cp", str(folder), "Client"]


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
        env=environment(
            SSL_CERT_FILE="",
            NODE_EXTRA_CA_CERTS="",
            JAVA_TOOL_OPTIONS=JAVA_OPTIONS,
            JDK_JAVA_OPTIONS=JAVA_OPTIONS,
        ),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_SECONDS,
    )


def keys_url(program: Program) -> str:
    """Where the client reads the emulator's keys, over https."""
    endpoint = re.findall("export ACS_ENDPOINT='(.*)'", program.output)[0]
    return f"{endpoint}/.well-known/jwks.json"


def without_truststore(folder: Path) -> Path:
    """Delete what another test has made for Java; return the folder."""
    (folder / ".acs-emulator" / "truststore.p12").unlink(missing_ok=True)
    return folder


@pytest.mark.parametrize("language", CLIENTS)
def test_the_printed_lines_make_a_program_trust_it(
    program: Program,
    blank_program: Program,
    folder: Path,
    tmp_path: Path,
    client_command: Callable[[str], list[str]],
    language: str,
) -> None:
    command = client_command(language)
    without_truststore(folder)
    printing = program if language == "Java" else blank_program
    url = keys_url(printing)

    without = run_in_shell("", command, url, tmp_path)
    trusting = run_in_shell(printed_lines(printing, language), command, url, tmp_path)

    assert without.returncode != 0
    assert trusting.stdout.splitlines()[-1:] == ["200"], trusting.stderr


@pytest.mark.parametrize("language", CLIENTS)
def test_the_readmes_lines_make_a_program_trust_it(
    program: Program,
    folder: Path,
    client_command: Callable[[str], list[str]],
    language: str,
) -> None:
    command = client_command(language)
    cwd = without_truststore(folder)

    ran = run_in_shell(readme_lines(language), command, keys_url(program), cwd)

    assert ran.stdout.splitlines()[-1:] == ["200"], ran.stderr


def test_certificates_stay_across_runs(program: Program, folder: Path) -> None:
    authority = folder / ".acs-emulator" / "ca.pem"
    kept = authority.read_bytes()

    arguments = ("--port", "0", "--tls-port", "0")
    with running_program("acs_emulator", *arguments, cwd=folder) as second:
        second.read_until("IDENTITY_HEADER")

    assert authority.read_bytes() == kept


def test_an_own_key_is_valid_and_tls_can_be_left_out(tmp_path: Path) -> None:
    arguments = ("--port", "0", "--access-key", "bXkga2V5")
    with running_program("acs_emulator", *arguments, cwd=tmp_path) as program:
        ready = program.read_until(READY + r"[\s\S]*accesskey=(\S+)'")
        client = CommunicationIdentityClient(ready[1], AzureKeyCredential("bXkga2V5"))

        assert ready[3] == "bXkga2V5"
        assert client.create_user().raw_id.startswith("8:acs:")
        assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_not_base64_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(main, "--access-key", "****") == 2

    assert "--access-key: must be base64" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it(number: int) -> None:
    with running_program("acs_emulator", "--port", "0") as program:
        program.read_until(READY)

        assert program.stop(number) == 0
        assert "Traceback" not in program.output


def test_a_client_that_goes_away_while_it_sends_is_no_error() -> None:
    with running_program("acs_emulator", "--port", "0") as program:
        address = program.read_until(READY)[1]
        for path in ("/emulator/verify", "/identities", "/common/oauth2/token"):
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
def test_an_invalid_port_is_reported(
    arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_status(main, *arguments) == 2

    assert f"{arguments[0]}: must be 0 to 65535" in capsys.readouterr().err


def test_a_folder_that_cannot_be_created_is_reported() -> None:
    arguments = ("--port", "0", "--tls-port", "0", "--certs", "/dev/null/certs")
    with running_program("acs_emulator", *arguments) as program:
        program.read_until("--certs: .*/dev/null/certs")

        assert program.wait() == 1
    assert "Traceback" not in program.output


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

    tokens = [claims_of(issued[name]) for name in ("access_token", "id_token")]
    assert issued["expires_in"] == 90
    assert [token["exp"] - token["iat"] - BACKDATED_SECONDS for token in tokens] == [90, 90]


@pytest.mark.parametrize("seconds", ["0", "86401", "-1", "1.5", "x"])
def test_a_lifetime_that_no_token_can_have_is_refused(
    seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_status(main, f"--entra-token-seconds={seconds}") == 2

    assert "--entra-token-seconds: must be 1 to 86400" in capsys.readouterr().err
