"""The program around the commands: settings, colours, completion, keys, the servers."""

import re
import signal
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from acs_emulator.defaults import connection_string
from acs_tokens.settings import Settings
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.guests import GuestSettings
from acs_tokens.telemetry.audit import keyed_hash
from tests.cli.conftest import Cli
from tests.keys import DEVELOPMENT, random_key
from tests.raw_http import call
from tests.serving import (
    READY,
    ROOT,
    Emulator,
    closed_port,
    environment,
    running_program,
)

USER = "8:acs:226a54f1-0000-4000-8000-000000000001"
PERSON = "c0450000-0000-4000-8000-00000000000a:a11ce000-0000-4000-8000-00000000000b"


def test_settings_come_from_the_file_too(bare_cli: Cli, emulator: Emulator, tmp_path: Path) -> None:
    values = f'{{"ACS_CONNECTION_STRING": "{emulator.connection_string}"}}'
    (tmp_path / "local.settings.json").write_text(f'{{"IsEncrypted": false, "Values": {values}}}')

    assert bare_cli("user", "create").code == 0


def test_the_environment_wins_over_the_file(bare_cli: Cli, emulator: Emulator, tmp_path: Path) -> None:  # fmt: skip
    with closed_port() as port:
        values = f'{{"ACS_CONNECTION_STRING": "{connection_string(f"http://127.0.0.1:{port}")}"}}'
        (tmp_path / "local.settings.json").write_text(f'{{"IsEncrypted": false, "Values": {values}}}')  # fmt: skip
        ran = bare_cli("user", "create", ACS_CONNECTION_STRING=emulator.connection_string)

    assert ran.code == 0


def test_a_platform_that_serves_others_gets_no_emulator(cli: Cli) -> None:
    ran = cli("user", "create", KUBERNETES_SERVICE_HOST="10.0.0.1")

    assert ran.code == 3
    assert "loopback" in ran.err


def test_colours_obey_the_environment(cli: Cli) -> None:
    coloured = cli("doctor", FORCE_COLOR="1")
    plain = cli("doctor", FORCE_COLOR="1", NO_COLOR="1")

    assert "\x1b[32m✓" in coloured.out
    assert "\x1b[3" not in plain.out
    assert "✓" in plain.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "pwsh"])
def test_there_is_completion_for(shell: str, cli: Cli) -> None:
    script = cli(_ACS_TOKENS_COMPLETE=f"source_{shell}").out

    assert "acs-tokens" in script
    assert "_ACS_TOKENS_COMPLETE" in script


def test_bash_completes_commands_and_scopes(cli: Cli) -> None:
    def complete(words: str, position: int) -> list[str]:
        return cli(
            _ACS_TOKENS_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(position)
        ).out.split()

    assert complete("acs-tokens token re", 2) == ["refresh", "revoke"]
    assert complete("acs-tokens token issue --scope voip", 4) == ["voip", "voip.join"]
    assert complete("acs-tokens ban ", 2) == ["add", "show", "lift"]
    assert complete("acs-tokens invitation create --scope chat.", 4) == [
        "chat.join",
        "chat.join.limited",
    ]
    assert complete("acs-tokens invitation create --guests ", 4) == ["any"]


def test_a_new_key_is_one_for_guest_handles(cli: Cli) -> None:
    made = [cli("keys", "new"), cli("keys", "new", "--id", "second")]

    keys = ",".join(ran.out.strip() for ran in made)
    settings = GuestSettings.from_environ(Environ({"GUESTS": "on", "GUEST_HANDLE_KEYS": keys}))
    assert [len(b64decode(ran.out.strip().partition(":")[2])) for ran in made] == [32, 32]
    assert settings.keys[1].id == "second"
    assert "To rotate" in made[0].err


@pytest.mark.parametrize(
    ("id_", "logged_as"),
    [
        pytest.param(USER, USER, id="user id"),
        pytest.param(f"{USER}_A", f"{USER}_A", id="user id with capitals, as the request had it"),
        pytest.param(PERSON.upper(), PERSON, id="person, always in lower case"),
        pytest.param("https://issuer.example aBc|D", "https://issuer.example aBc|D", id="subject"),
        pytest.param("kQ3-aZ_09xYbCdEf", "kQ3-aZ_09xYbCdEf", id="invitation"),
    ],
)
def test_an_id_is_hashed_as_in_the_log(
    bare_cli: Cli, emulator: Emulator, id_: str, logged_as: str
) -> None:
    """With the key that is derived from the access key; tests/e2e/test_readme.py has the other."""
    variables = {"ACS_CONNECTION_STRING": emulator.connection_string}
    key = Settings.from_environ(DEVELOPMENT | variables).log.hash_key.get_secret_value()

    assert bare_cli("log-hash", id_, **variables).out.strip() == keyed_hash(logged_as, key)


def test_the_key_for_hashes_is_enough(bare_cli: Cli) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}\n", bare_cli("log-hash", USER, LOG_HASH_KEY=random_key("log")).out)  # fmt: skip


def test_without_a_key_an_id_cannot_be_hashed(bare_cli: Cli) -> None:
    ran = bare_cli("log-hash", USER, ACS_ENDPOINT="https://my-resource.communication.azure.com")

    assert ran.code == 3
    assert "LOG_HASH_KEY is not set" in ran.err


def test_the_start_reads_no_trusted_authorities(tmp_path: Path) -> None:
    """`serve` sets them for its process, and aiohttp reads them at its import."""
    script = "import sys, acs_tokens_cli.app; print('aiohttp' in sys.modules)"

    ran = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(), cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert ran.stdout == "False\n"


def test_serve_needs_nothing_of_posix(tmp_path: Path, emulated: dict[str, str]) -> None:
    with running_program(
        "tests.cli.without_posix", "serve", "--port", "0", variables=emulated, cwd=tmp_path
    ) as program:
        address = program.read_until(READY)[1]

        assert call(address, "POST", "/api/users/token").status == 201
        assert program.stop() == 0
    assert "Traceback" not in program.output


def test_emulator_needs_nothing_of_posix(tmp_path: Path) -> None:
    arguments = ("emulator", "--port", "0", "--tls-port", "0")
    with running_program("tests.cli.without_posix", *arguments, cwd=tmp_path) as program:
        url = program.read_until(r"ACS Identity at (http://127\.0\.0\.1:\d+)\.")[1]

        assert call(url, "GET", "/.well-known/jwks.json").status == 200
        assert program.stop(signal.SIGTERM) == 0
    assert (tmp_path / ".acs-emulator" / "ca.pem").is_file()


def test_the_description_of_the_api_is_printed(bare_cli: Cli) -> None:
    assert bare_cli("openapi").out == (ROOT / "openapi.json").read_text()


@pytest.mark.parametrize("command", ["serve", "emulator"])
def test_the_servers_list_their_own_options(
    cli: Cli, command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ran = cli(command, "--help")

    assert ran.code == 0
    assert f"usage: acs-tokens {command}" in ran.out
    assert "--allowed-host" in ran.out


def test_a_terminal_without_ticks_shows_the_rest(emulator: Emulator, tmp_path: Path) -> None:
    variables = {
        "ACS_CONNECTION_STRING": emulator.connection_string,
        "PYTHONIOENCODING": "ascii",
    }
    with running_program("acs_tokens_cli", "doctor", variables=variables, cwd=tmp_path) as program:
        program.read_until("[?]  settings ")

        assert program.wait() == 0


def test_a_taken_port_is_3(tmp_path: Path, emulator: Emulator) -> None:
    arguments = ("emulator", "--port", str(emulator.port))
    with running_program("acs_tokens_cli", *arguments, cwd=tmp_path) as program:
        program.read_until(f"Port {emulator.port} is taken")

        assert program.wait() == 3


def test_a_module_that_a_function_app_lacks_is_not_said_to_be_the_emulators(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text("import a_module_that_nobody_has")
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    (tmp_path / "local.settings.json").write_text('{"IsEncrypted": false}')
    arguments = ("serve", "--port", "0", "--no-emulator")
    with running_program("acs_tokens_cli", *arguments, cwd=tmp_path) as program:
        assert program.wait() == 1

    assert program.output == "Unexpected ModuleNotFoundError at <module>:1.\n"
