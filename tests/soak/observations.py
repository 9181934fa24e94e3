"""The local host; on SIGUSR1 it says what it holds: tasks, sockets and memory.

Run as ``python -m tests.soak.observed``, with the local host's arguments.
"""

import asyncio
import contextlib
import gc
import itertools
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_host.__main__ import main
from tests.e2e.conftest import App
from tests.serving import running_program

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Holdings:
    """What a process holds.

    Attributes:
        memory: Its resident set, in MB.
    """

    tasks: int
    sockets: int
    threads: int
    memory: float

    def __str__(self) -> str:
        return f"{self.tasks} tasks, {self.sockets} sockets, {self.threads} threads, {self.memory:.1f} MB"  # fmt: skip


@dataclass
class Observed(App):
    """The app, under observation."""

    asked: int = field(default=0)

    def holdings(self) -> Holdings:
        """What it holds now."""
        self.asked += 1
        self.program.send(signal.SIGUSR1)
        found = self.program.read_until(rf"holdings {self.asked}: (\d+) (\d+) (\d+) (\d+)\n")
        return Holdings(int(found[1]), int(found[2]), int(found[3]), int(found[4]) / 1024)


@contextlib.contextmanager
def running_observed_app(variables: Mapping[str, str]) -> Iterator[Observed]:
    """Run the app under observation."""
    arguments = ("--port", "0", "--no-emulator")
    with running_program("tests.soak.observed", *arguments, variables=variables) as program:
        ready = program.read_until(r"curl -X POST (http://localhost:\d+)/api/users/token\n")
        yield Observed(ready[1], program)


def _tell(number: int, frame: object) -> None:
    gc.collect()
    sockets = sum(map(_is_socket, Path("/proc/self/fd").iterdir()))
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    held = (len(asyncio.all_tasks()), sockets, threading.active_count(), found and found[1])
    # Not print: the signal may have come in the middle of one.
    os.write(1, f"holdings {next(_numbers)}: {' '.join(map(str, held))}\n".encode())


def _is_socket(descriptor: Path) -> bool:
    try:
        return str(descriptor.readlink()).startswith("socket:")
    except FileNotFoundError:  # what was opened to list the others
        return False


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _tell)
    sys.exit(main())
