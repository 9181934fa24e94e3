"""Programs as forks of one process, which has imported their libraries; see `tests.fork_server`."""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


class ForkedProcess:
    """A running program; the attributes are those of `subprocess.Popen`."""

    def __init__(
        self, module: str, arguments: Sequence[str], environment: Mapping[str, str], cwd: Path
    ) -> None:
        """Start ``python -m module``.

        Args:
            module: The module to run, which the folder of the repository has.
            arguments: Its arguments.
            environment: All its environment variables.
            cwd: The folder where it runs.
        """
        program = {
            "module": module,
            "arguments": arguments,
            "environment": environment,
            "cwd": str(cwd),
        }
        read_output, output = os.pipe()
        read_status, status = os.pipe()
        try:
            socket.send_fds(_server(), [json.dumps(program).encode()], [output, status])
        finally:
            os.close(output)
            os.close(status)
        self.stdout = os.fdopen(read_output, "rb")
        self._status = os.fdopen(read_status, "rb", buffering=0)
        self._ended = select.poll()
        self._ended.register(self._status, select.POLLIN)
        self._pid = int(self._status.readline())
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return the exit status; None while the program runs."""
        if self._code is None and self._ended.poll(0):
            self._code = int(self._status.readline())
            self._status.close()
        return self._code

    def wait(self, timeout: float) -> int:
        """Wait until the program ends; return the exit status.

        Args:
            timeout: Seconds.

        Raises:
            subprocess.TimeoutExpired: It did not end in time.
        """
        if self._code is None:
            self._ended.poll(timeout * 1000)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("a forked program", timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal to the program, if it runs."""
        if self.poll() is None:
            os.kill(self._pid, number)

    def kill(self) -> None:
        """End the program at once, if it runs."""
        self.send_signal(signal.SIGKILL)


@cache
def _server() -> socket.socket:
    """Start the process that forks; return the socket for messages to it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd=ROOT,
        )

    @atexit.register
    def stop() -> None:
        ours.close()
        process.wait()

    return ours
