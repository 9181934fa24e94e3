"""The command line in this process, with an environment and a folder of its own."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from aiohttp import web
from typer.testing import CliRunner

from acs_emulator.ports import listen, port_of
from acs_tokens_cli.app import app
from tests.keys import DEVELOPMENT
from tests.serving import Emulator, environment, in_thread, running_program

FUNCTION_KEY = "a-function-key-of-the-tests"


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


@pytest.fixture(scope="module")
def service(emulator: Emulator) -> Iterator[str]:
    """A service that asks for a function key; yields its URL with the prefix."""
    arguments = ("--port", "0", "--no-emulator", "--function-key", FUNCTION_KEY)
    variables = {"ACS_CONNECTION_STRING": emulator.connection_string}
    with running_program("local_host", *arguments, variables=variables) as program:
        ready = program.read_until(r"curl -X POST (http://localhost:\d+/api)/users/token")
        yield ready[1]


@contextmanager
def responding(handler: Any) -> Iterator[str]:
    """Serve a handler for all paths and methods; yields the address."""
    sockets, application = listen(0), web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    with in_thread(application, (sockets, None)):
        yield f"http://127.0.0.1:{port_of(sockets)}"
