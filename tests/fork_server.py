"""A process that has imported the libraries of the programs under test, and forks programs.

A fork starts with a third of the work of a new ``python -m …``, which imports everything again.

Usage: ``python -m tests.fork_server 3``, where 3 is a socket with SOCK_SEQPACKET. A message asks for
a program: it is the JSON of `tests.forked_programs.ForkedProcess`, with two file descriptors. The
first is the program's output. Its process id and its exit status are written to the second, a line
each. The process ends when the other end of the socket is closed.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from pathlib import Path
from typing import Any

# Not aiohttp, nor what imports it: aiohttp reads the trusted authorities when it is imported, so
# each program imports it after its own environment is set. No module of this repository either:
# they may read the environment, too.
LIBRARIES = (
    "argparse",
    "asyncio",
    "azure.communication.identity.aio",
    "azure.core.pipeline.policies",
    "azure.functions",
    "attr",
    "aiohappyeyeballs",
    "aiosignal",
    "concurrent.futures.thread",
    "cryptography.x509",
    "frozenlist",
    "html.parser",
    "http.server",
    "importlib.metadata",
    "joserfc.jwk",
    "joserfc.jwt",
    "logging.config",
    "mimetypes",
    "multidict",
    "propcache.api",
    "pydantic.json_schema",
    "pydantic.main",
    "pydantic.types",
    "sqlite3",
    "sysconfig",
    "tempfile",
    "trustme",
    "uuid",
    "yarl",
    "zoneinfo",
)
LARGEST_MESSAGE = 200_000


def main() -> None:
    """Fork a program for each message; in the fork, run the program."""
    for library in LIBRARIES:
        importlib.import_module(library)
    assert "aiohttp" not in sys.modules
    gc.freeze()  # a fork that collects garbage leaves these objects alone, and shares their memory
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which close the socket
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        message = _wait_for_program(requests)
    if message:
        _run(json.loads(message))


def _wait_for_program(requests: socket.socket) -> bytes:
    """Return a message to the fork that is to run its program, and b"" to the server at its end."""
    while True:
        message, descriptors, *_ = socket.recv_fds(requests, LARGEST_MESSAGE, 2)
        if not message:
            return b""
        if os.fork() == 0:
            _start(*descriptors)
            return message
        for descriptor in descriptors:
            os.close(descriptor)
        while _has_ended(-1):
            pass


def _has_ended(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    return False


def _start(output: int, status: int) -> None:
    """Fork the program, and return there; this process says when the program ends."""
    if pid := os.fork():
        os.close(output)
        os.write(status, b"%d\n" % pid)
        ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(status, b"%d\n" % ended)
        os._exit(0)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.close(status)


def _run(program: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(program["environment"])
    os.chdir(program["cwd"])
    sys.argv = [program["module"], *program["arguments"]]
    runpy.run_module(program["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
