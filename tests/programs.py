"""Programs that tests start."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from tests.forked_programs import ForkedProcess
from tests.waiting import LIMIT_SECONDS

Process = subprocess.Popen[bytes] | ForkedProcess


class Program:
    """A running program; what it prints is kept."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._printed = bytearray()
        self._ended = False
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read)  # a full pipe would stop the program
        self._reader.start()

    @property
    def output(self) -> str:
        """What it printed so far; the end of it may be half a character."""
        return self._printed.decode(errors="replace")

    def read_until(self, pattern: str) -> re.Match[str]:
        """Wait until it has printed the pattern."""
        with self._more:
            in_time = self._more.wait_for(
                lambda: re.search(pattern, self.output) or self._ended, LIMIT_SECONDS
            )
        found = re.search(pattern, self.output)
        assert found, f"no {pattern!r} {'at all' if in_time else 'in time'}:\n{self.output}"
        return found

    def send(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Stop it as Ctrl-C does; return the exit status.

        A program that ends by itself needs `wait` instead: a signal while it ends would break the
        file that coverage is writing then.
        """
        if self._process.poll() is None:
            self.send(number)
        return self.wait()

    def wait(self) -> int:
        """Wait until it ends by itself; return the exit status."""
        try:
            return self._process.wait(LIMIT_SECONDS)
        finally:
            self._process.kill()  # which does nothing to a program that has ended
            self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as stdout:
            while text := os.read(stdout.fileno(), 65536):
                with self._more:
                    self._printed += text
                    self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()


def exit_status(main: Callable[[], int], *arguments: str) -> int:
    """Run the main function of a program in this process; return the exit status.

    It is for programs that end at once: a process for each would cost half a second.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["program", *arguments])
        try:
            return main()
        except SystemExit as end:
            return int(end.code or 0)
