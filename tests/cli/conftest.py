"""The command line in this process, with an environment and a folder of its own."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from aiohttp import connector, web
from typer.testing import CliRunner

from acs_emulator.defaults import IDENTITY_HEADER
from acs_emulator.entra.users import CONTOSO
from acs_emulator.ports import listen, port_of
from acs_tokens.identities.sqlite.store import SqliteStore
from acs_tokens_cli.app import app
from tests.keys import DEVELOPMENT, random_key
from tests.serving import (
    READY,
    Emulator,
    environment,
    in_thread,
    running_program,
)

CLIENT_ID = "acc50000-0000-4000-8000-000000000005"
FUNCTION_KEY = "a-function-key-of-the-tests"
PAGE = "https://calls.example/join"
MEETING = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0"


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def check(self, name: str) -> dict[str, Any]:
        """Return the result of one of doctor's checks."""
        found: list[dict[str, Any]] = [
            check for check in self.json["checks"] if check["name"] == name
        ]
        assert len(found) == 1, f"{name}: {self.out}"
        return found[0]


@dataclass(frozen=True)
class Cli:
    """Runs commands; the environment holds nothing of the developer's."""

    variables: dict[str, str]

    def __call__(self, *arguments: str, stdin: str = "", **variables: str) -> Ran:
        clean = {name: text for name, text in environment().items() if name not in DEVELOPMENT}
        with patch.dict(os.environ, clean | self.variables | variables, clear=True):
            result = CliRunner().invoke(app, arguments, input=stdin, prog_name="acs-tokens")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def doctor(self, *arguments: str, **variables: str) -> Ran:
        """Run doctor, whose results are then JSON."""
        return self("doctor", "--output", "json", *arguments, **variables)


def run_shell(command: str, **variables: str) -> str:
    """Run a command in bash; return what it prints on stdout."""
    return subprocess.run(
        ["bash", "-c", command],
        env=environment(**variables), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def has_found(check: dict[str, object], detail: str, cure: str) -> bool:
    """Whether a check failed with such a detail and such a cure."""
    assert not check["ok"]
    return detail in str(check["detail"]) and cure in str(check["cure"])


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> Cli:
    """The command line in an empty folder, with the shared emulator in the settings."""
    monkeypatch.chdir(tmp_path)
    return Cli({"ACS_CONNECTION_STRING": emulator.connection_string})


@pytest.fixture
def bare_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in an empty folder, without settings."""
    monkeypatch.chdir(tmp_path)
    return Cli({})


@pytest.fixture(scope="session")
def settings(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of a service that bans, invites guests and knows of a meeting."""
    return {
        "ACS_CONNECTION_STRING": emulator.connection_string,
        "GUESTS": "on",
        "GUEST_SCOPES": "voip,chat",
        "GUEST_HANDLE_KEYS": f"test:{random_key('guest handles of the command line')}",
        "INVITATION_PAGE": PAGE,
        "TEAMS_MEETING_URL": MEETING,
        "IDENTITY_SQLITE": str(tmp_path_factory.mktemp("store") / "identities.db"),
    }


@pytest.fixture(scope="session")
def service(settings: dict[str, str]) -> Iterator[str]:
    """A service that asks for a function key; yields its URL with the prefix."""
    arguments = ("--port", "0", "--no-emulator", "--function-key", FUNCTION_KEY)
    with running_program("local_host", *arguments, variables=settings) as program:
        yield f"{program.read_until(READY)[1]}/api"


@pytest.fixture(params=["in process", "over HTTP"])
def either(request: pytest.FixtureRequest, settings: dict[str, str], bare_cli: Cli) -> Cli:
    """The command line with the service's settings, and with the service's address."""
    if request.param == "in process":
        return replace(bare_cli, variables=settings)
    url = request.getfixturevalue("service")
    return replace(bare_cli, variables={"ACS_TOKENS_URL": url, "ACS_TOKENS_KEY": FUNCTION_KEY})


@pytest.fixture
def store(settings: dict[str, str], emulator: Emulator) -> SqliteStore:
    """The identity store of the settings."""
    return SqliteStore(Path(settings["IDENTITY_SQLITE"]), urlsplit(emulator.url).netloc)


@contextmanager
def responding(handler: Any) -> Iterator[str]:
    """Serve a handler for all paths and methods; yields the address."""
    sockets, application = listen(0), web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    with in_thread(application, (sockets, None)):
        yield f"http://127.0.0.1:{port_of(sockets)}"


@pytest.fixture
def trust(emulator: Emulator) -> None:
    """Let this process trust the emulator's authority."""
    # What a process trusts, aiohttp reads when it is imported.
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(emulator.authority)


@pytest.fixture
def sign_in(emulator: Emulator, tmp_path: Path) -> dict[str, str]:
    """Settings for sign-in with the emulator's Entra."""
    return {
        "ENTRA_AUTHORITY": emulator.tls_url,
        "ENTRA_TENANT_IDS": CONTOSO.id,
        "ENTRA_CLIENT_ID": CLIENT_ID,
        "ENTRA_CLIENT_SECRET": "emulator-secret",
        "IDENTITY_SQLITE": str(tmp_path / "identities.db"),
        "SSL_CERT_FILE": str(emulator.authority),
    }


@pytest.fixture
def identity(emulator: Emulator) -> dict[str, str]:
    """Settings for a managed identity, as App Service sets them."""
    return {
        "ACS_ENDPOINT": emulator.tls_url,
        "SSL_CERT_FILE": str(emulator.authority),
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        "IDENTITY_ENDPOINT": f"{emulator.url}/msi/token",
        "IDENTITY_HEADER": IDENTITY_HEADER,
    }
