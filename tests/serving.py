"""Servers for tests: real sockets, free ports, a thread of their own."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

from aiohttp import web

from acs_emulator.app import create_app
from acs_emulator.certificates import certificates
from acs_emulator.defaults import ACCESS_KEY, connection_string
from acs_emulator.ports import listen, port_of
from acs_emulator.server import Listener, serving
from tests.clock import ShiftedClock
from tests.forked_programs import ForkedProcess
from tests.keys import DEVELOPMENT
from tests.programs import Process, Program
from tests.raw_http import Reply, call
from tests.waiting import LIMIT_SECONDS

ROOT = Path(__file__).parent.parent
# Set where coverage is counted, which begins when a process starts.
COVERAGE = {"COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"}
REQUEST_ID = "x-ms-client-request-id"
# What the local host prints when it serves, to the last line; the group is its address.
READY = r"curl -X POST (http://localhost:\d+)/api/users/token[\s\S]*Ctrl-C stops it\.\n"


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """Keep a port of 127.0.0.1 on which nobody listens, so that nobody else can take it."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextlib.contextmanager
def reserved_ports(count: int) -> Iterator[list[int]]:
    """Keep ports of 127.0.0.1 and ::1 for programs that are told to listen there.

    Linux gives them to nobody who asks for any free port.
    """
    with contextlib.ExitStack() as kept:
        ports: list[int] = []
        while len(ports) < count:
            with contextlib.suppress(OSError), contextlib.ExitStack() as sockets:
                first = sockets.enter_context(_bound(socket.AF_INET, ("127.0.0.1", 0)))
                port: int = first.getsockname()[1]
                if socket.has_dualstack_ipv6():
                    sockets.enter_context(_bound(socket.AF_INET6, ("::1", port)))
                kept.push(sockets.pop_all())
                ports.append(port)
        yield ports


def _bound(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    """Bind a socket that listens nowhere; others that reuse its address may listen there."""
    bound = socket.socket(family)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


@contextlib.contextmanager
def in_thread(app: web.Application, *listeners: Listener) -> Iterator[None]:
    """Serve an application from a thread until the block ends."""
    ready: Queue[Callable[[], object]] = Queue()

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        async with serving(app, *listeners):
            ready.put(lambda: loop.call_soon_threadsafe(stop.set))
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    stop = ready.get(timeout=LIMIT_SECONDS)
    try:
        yield
    finally:
        stop()
        thread.join()


async def name_the_request(request: web.Request, response: web.StreamResponse) -> None:
    """Name the request in its response, as ACS does; an ``on_response_prepare`` of aiohttp."""
    if name := request.headers.get(REQUEST_ID):
        response.headers.setdefault(REQUEST_ID, name)


@dataclass
class Emulator:
    """A running emulator."""

    port: int
    tls_port: int
    authority: Path
    access_key: str = ACCESS_KEY
    clock: ShiftedClock = field(default_factory=ShiftedClock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"https://localhost:{self.tls_port}"

    @property
    def connection_string(self) -> str:
        return connection_string(self.url, self.access_key)

    @property
    def tls_connection_string(self) -> str:
        return connection_string(self.tls_url, self.access_key)

    def call(self, method: str, path: str, body: object = None) -> Reply:
        """Use one of the emulator's own routes."""
        return call(self.url, method, path, body)

    def examine(self, token: str) -> Any:
        """Return what the emulator says of a token."""
        return self.call("POST", "/emulator/verify", {"token": token}).json

    def count_requests(self) -> int:
        """Return how many requests to ACS's operations the emulator got."""
        return int(self.call("GET", "/emulator/requests/count").json["count"])

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests to ACS's operations that the emulator got."""
        entries: list[dict[str, Any]] = self.call("GET", "/emulator/requests").json["requests"]
        return entries


@contextlib.contextmanager
def running_emulator(folder: Path, access_key: str = ACCESS_KEY) -> Iterator[Emulator]:
    """Run an emulator in this process, over http and https."""
    files, plain, tls = certificates(folder), listen(0), listen(0)
    emulator = Emulator(port_of(plain), port_of(tls), files.authority, access_key)
    app = create_app(access_key, emulator.clock)
    with in_thread(app, (plain, None), (tls, files.server_context())):
        yield emulator


def environment(**variables: str) -> dict[str, str]:
    """The environment of a developer's machine, with nothing of the developer's own settings.

    `tests/conftest.py` has removed those from the environment of the tests.
    """
    return dict(os.environ) | DEVELOPMENT | variables


@contextlib.contextmanager
def running_program(
    module: str,
    *arguments: str,
    variables: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[Program]:
    """Run ``python -m module`` until the block ends.

    Args:
        module: A module of this repository.
        arguments: Its arguments.
        variables: The environment variables that it has beside those of the tests.
        cwd: Where it runs. None for a new folder with the example settings, where it keeps its
            identity store and its certificates: no other program uses them.
    """
    env = environment(**(variables or {})) | {"PYTHONPATH": str(ROOT)}
    with contextlib.ExitStack() as stack:
        if cwd:
            # No coverage of another app, whose modules have the names of ours.
            process: Process = _new(module, arguments, env | dict.fromkeys(COVERAGE, ""), cwd)
        else:
            folder = stack.enter_context(_new_folder())
            forks = sys.platform == "linux" and not COVERAGE & env.keys()
            start: Callable[..., Process] = ForkedProcess if forks else _new
            process = start(module, arguments, env, folder)
        program = Program(process)
        stack.callback(program.stop)
        yield program


@contextlib.contextmanager
def _new_folder() -> Iterator[Path]:
    """Make a folder with what the local host reads, but no local.settings.json."""
    with tempfile.TemporaryDirectory() as name:
        for file in ("host.json", "local.settings.json.example", "openapi.json"):
            Path(name, file).symlink_to(ROOT / file)
        yield Path(name)


def _new(
    module: str, arguments: Sequence[str], env: Mapping[str, str], cwd: Path
) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` in a process that imports everything anew."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        env=dict(env),
    )


@contextlib.contextmanager
def running_app(module: str = "local_host", **variables: str) -> Iterator[tuple[str, Program]]:
    """Run the app under the local host, without its emulator; yields its address.

    Args:
        module: The local host, or a module that changes it for a test.
        variables: The environment.
    """
    with running_program(module, "--port", "0", "--no-emulator", variables=variables) as program:
        ready = program.read_until(READY)
        yield ready[1], program
