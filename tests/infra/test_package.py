"""The package that is deployed, made by make package: what is in it, and that it works.

`make package-test` runs this. It needs a network, uv and Python 3.13; without them it is skipped.
"""

import contextlib
import os
import random
import re
import secrets
import socket
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import Program
from tests.raw_http import call
from tests.serving import ROOT, Emulator, environment

PACKAGE = ROOT / os.environ.get("PACKAGE", "")
HOST = ROOT / ".venv-host" / "bin" / "python"
FUNCTIONS_HOST = ROOT / os.environ.get("FUNCTIONS_HOST", "")
LIBRARIES = ".python_packages/lib/site-packages"
OURS = {"acs_tokens", "function_app.py", "host.json", "requirements.txt", "constraints.txt"}
BUILT_FOR = re.compile(r"\.(cpython-313-x86_64-linux-gnu|abi3)\.so$")
FUNCTIONS = 31
SECRETS = re.compile(
    rb"accesskey=[A-Za-z0-9+/]{20}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    rb"|AccountKey=(?!Eby8vdM02xNOcqFlq)[A-Za-z0-9+/]{20}"  # Azurite's key is public
)

if not os.environ.get("PACKAGE"):
    pytest.skip("make package-test makes and tests the package", allow_module_level=True)


def files() -> list[Path]:
    return [path for path in PACKAGE.rglob("*") if path.is_file()]


def test_the_package_holds_the_app_and_its_libraries_alone() -> None:
    tops = {path.name for path in PACKAGE.iterdir()} - {"__pycache__"}

    assert tops == {*OURS, ".python_packages", ".funcignore"}
    installed = {path.name.partition("-")[0] for path in (PACKAGE / LIBRARIES).glob("*.dist-info")}
    assert {"azure_functions", "azure_communication_identity", "aiohttp", "pydantic"} <= installed
    assert installed & {"pytest", "joserfc", "trustme", "mypy", "uv", "pip"} == set()


def test_the_package_holds_the_sources_of_the_app_as_they_are() -> None:
    def sources(folder: Path) -> dict[str, bytes]:
        found = [folder / "function_app.py", *(folder / "acs_tokens").rglob("*.py")]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

    assert len(sources(PACKAGE)) > 50
    assert sources(PACKAGE) == sources(ROOT)


def test_nothing_in_the_package_is_secret_or_of_this_machine() -> None:
    ours = [path for path in files() if LIBRARIES not in path.as_posix()]
    compiled = [path for path in files() if path.suffix == ".pyc"]

    assert [path for path in ours if SECRETS.search(path.read_bytes())] == []
    here = str(ROOT).encode()
    assert [path for path in [*ours, *compiled] if here in path.read_bytes()] == []
    names = {path.name for path in files()}
    assert names & {"local.settings.json", "local.settings.json.example", ".env"} == set()


def test_compiled_modules_are_for_the_python_and_system_of_azure() -> None:
    modules = [path.name for path in files() if path.suffix == ".so"]

    assert len(modules) > 5
    assert [name for name in modules if not BUILT_FOR.search(name)] == []


def test_everything_has_bytecode_that_no_time_stamp_invalidates() -> None:
    compiled = [path for path in files() if path.suffix == ".pyc"]
    sources = [path for path in files() if path.suffix == ".py"]

    assert len(compiled) == len(sources)
    for path in compiled:
        assert path.name.endswith(".cpython-313.pyc")
        assert int.from_bytes(path.read_bytes()[4:8], "little") == 0b01, path  # a hash, unchecked


def environment_of_the_package(**variables: str) -> dict[str, str]:
    """The package's libraries come first; nothing is written to it, because Azure mounts it read-only."""
    libraries = {"PYTHONPATH": str(PACKAGE / LIBRARIES), "PYTHONDONTWRITEBYTECODE": "1"}
    return environment(**variables) | libraries


def test_azures_runtime_library_finds_all_functions() -> None:
    run = subprocess.run(
        [HOST, FUNCTIONS_HOST, "--app", PACKAGE, "--check"],
        env=environment_of_the_package(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert len(re.findall(r"^\t\w+: ", run.stdout, re.MULTILINE)) == FUNCTIONS
    assert "not loaded" not in run.stdout


def test_the_package_needs_no_other_library() -> None:
    script = (
        "import sys; sys.path[:0] = sys.argv[1:];"
        "import function_app; print(len(function_app.app.get_functions()));"
        "print(*{m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', None)}, sep='\\n')"
    )

    run = subprocess.run(
        [HOST, "-I", "-S", "-B", "-c", script, PACKAGE, PACKAGE / LIBRARIES],
        env=environment_of_the_package(),
        capture_output=True,
        text=True,
        check=True,
    )

    count, *loaded = run.stdout.splitlines()
    assert int(count) == FUNCTIONS
    assert [
        path for path in loaded if "site-packages" in path and not path.startswith(str(PACKAGE))
    ] == []


@pytest.fixture(scope="module")
def address(emulator: Emulator) -> Iterator[str]:
    """The package in Azure's runtime library, with the emulator behind it."""
    port = free_port()
    process = subprocess.Popen(
        [HOST, FUNCTIONS_HOST, "--app", PACKAGE, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env=environment_of_the_package(
            ACS_CONNECTION_STRING=emulator.connection_string,
            GUESTS="on",
            GUEST_HANDLE_KEYS=f"k1:{b64encode(secrets.token_bytes(32)).decode()}",
        ),
    )
    program = Program(process)
    try:
        yield program.read_until(r"Listening on (http://127.0.0.1:\d+)")[1]
    finally:
        program.stop()


def free_port() -> int:
    """Return a port that the system does not give to clients, so that none can take it meanwhile."""
    for port in random.sample(range(20_000, 32_000), 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


def test_the_package_serves_a_page_load(address: str, emulator: Emulator) -> None:
    reply = call(f"{address}/api/", "GET", "guest/token?scope=voip")

    assert reply.status == 200
    assert emulator.examine(reply.json["token"])["valid"]
    assert reply.json["guestHandle"]
