"""The local host; on SIGUSR1 it prints how many tasks, sockets and threads it has, and its memory.

Run as ``python -m tests.soak.observations``, with the local host's arguments.
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
from tests.serving import READY, running_program

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Resources:
    """The resources of a process.

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
class ObservedApp(App):
    """An app that tells its resources."""

    readings: int = field(default=0)

    def resources(self) -> Resources:
        """Return what it has now."""
        self.readings += 1
        self.program.send(signal.SIGUSR1)
        found = self.program.read_until(rf"resources {self.readings}: (\d+) (\d+) (\d+) (\d+)\n")
        return Resources(int(found[1]), int(found[2]), int(found[3]), int(found[4]) / 1024)


@contextlib.contextmanager
def running_observed_app(variables: Mapping[str, str]) -> Iterator[ObservedApp]:
    """Run an app that tells its resources."""
    arguments = ("--port", "0", "--no-emulator")
    with running_program("tests.soak.observations", *arguments, variables=variables) as program:
        ready = program.read_until(READY)
        yield ObservedApp(ready[1], program)


def _print_resources(number: int, frame: object) -> None:
    gc.collect()
    sockets = sum(map(_is_socket, Path("/proc/self/fd").iterdir()))
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    counts = (len(asyncio.all_tasks()), sockets, threading.active_count(), found and found[1])
    # Not print: the signal may have come in the middle of one.
    os.write(1, f"resources {next(_numbers)}: {' '.join(map(str, counts))}\n".encode())


def _is_socket(descriptor: Path) -> bool:
    try:
        return str(descriptor.readlink()).startswith("socket:")
    except FileNotFoundError:  # what was opened to list the others
        return False


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _print_resources)
    sys.exit(main())
