"""The wheel, built and installed into fresh environments; make wheel-test runs this."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from acs_emulator.defaults import ACCESS_KEY
from tests.programs import Program
from tests.raw_http import call
from tests.serving import READY, ROOT, environment

UV = "uv==0.13.9"

pytestmark = pytest.mark.skipif(
    not os.environ.get("WHEEL"), reason="slow, make wheel-test runs it: nothing was installed"
)


def run(folder: Path, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program in an empty folder, where it cannot find this checkout."""
    return subprocess.run(
        command, cwd=folder, env=environment(**variables), capture_output=True, text=True
    )


@contextmanager
def started(folder: Path, *command: str | Path, **variables: str) -> Iterator[Program]:
    process = subprocess.Popen(
        command, cwd=folder, env=environment(**variables), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    program = Program(process)
    try:
        yield program
    finally:
        program.stop()


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment into which pip has installed the package, and uv."""
    venv = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    subprocess.run(
        [venv / "bin" / "pip", "install", "--quiet", f"{ROOT}[cli]", UV],
        check=True, env=environment(),
    )  # fmt: skip
    return venv / "bin"


def test_pip_installs_a_command_that_serves(
    programs: Path, tmp_path: Path, emulated: dict[str, str]
) -> None:
    with started(tmp_path, programs / "acs-tokens", "serve", "--port", "0", **emulated) as program:
        address = program.read_until(READY)[1]
        called = call(address, "POST", "/api/users/token")
        described = call(address, "GET", "/openapi.json")
        checked = run(
            tmp_path, programs / "acs-tokens", "doctor", "--url", f"{address}/api", **emulated
        )

    assert called.status == 201
    assert described.content == (ROOT / "openapi.json").read_bytes()
    assert checked.returncode == 0, checked.stdout


def test_pip_installs_a_command_that_issues_tokens_and_bans(programs: Path, tmp_path: Path) -> None:
    with started(tmp_path, programs / "acs-emulator", "--port", "0") as emulator:
        url = emulator.read_until(r"ACS Identity at (http://127\.0\.0\.1:\d+)\.")[1]
        settings = {"ACS_CONNECTION_STRING": f"endpoint={url};accesskey={ACCESS_KEY}"}
        ran = run(tmp_path, programs / "acs-tokens", "token", "issue", "--token-only", **settings)
        token = {"token": ran.stdout.strip()}
        seen = call(url, "POST", "/emulator/verify", token).json
        settings |= {"IDENTITY_SQLITE": str(tmp_path / "identities.db")}
        person = f"{uuid4()}:{uuid4()}"
        bans = [
            run(tmp_path, programs / "acs-tokens", "ban", verb, person, **settings)
            for verb in ("add", "show")
        ]

    assert seen["valid"]
    assert bans[1].stdout.startswith("bannedOn"), bans


def test_uvx_runs_it_without_extras(
    programs: Path, tmp_path: Path, emulated: dict[str, str]
) -> None:
    # Behind a proxy only the machine's list of trusted authorities is right.
    options = ("--system-certs", "--python", sys.executable)
    uvx = (programs / "uvx", *options, "--from", ROOT, "acs-tokens")
    cache = {"UV_CACHE_DIR": str(tmp_path / "cache")}

    made = run(tmp_path, *uvx, "keys", "new", **cache)
    refused = [
        run(tmp_path, *uvx, *command, **cache, **emulated)
        for command in (("emulator", "--port", "0"), ("serve", "--port", "0"))
    ]

    assert made.stdout.count(":") == 1, made.stderr
    assert [ran.returncode for ran in refused] == [3, 3]
    assert all("install acs-tokens[emulator]" in ran.stderr for ran in refused)
