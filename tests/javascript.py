"""Node scripts for tests, with the packages that make installs."""

import contextlib
import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.programs import Program
from tests.serving import environment
from tests.waiting import LIMIT_SECONDS

FOLDER = Path(__file__).parent / "node"

needs_node = pytest.mark.skipif(
    not shutil.which("node") or not (FOLDER / "node_modules" / ".installed").is_file(),
    reason="no Node.js with npm, or npm could not install: the JavaScript SDKs and Table Storage were NOT tested",
)


def run_script(name: str, *arguments: str, **variables: str) -> Any:
    """Run a script of the folder; return what it printed as JSON."""
    return _run([name, *arguments], variables)


class Script(Program):
    """A running script that reads lines and prints lines."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(process)
        self._stdin = process.stdin
        self._lines_read = 0

    def write_line(self, line: str) -> None:
        """Send it a line."""
        assert self._stdin
        self._stdin.write(f"{line}\n".encode())
        self._stdin.flush()

    def read_line(self) -> str:
        """Wait until it has printed another line; return the line."""
        line = self.read_until(rf"\A(?:.*\n){{{self._lines_read}}}(.*)\n")[1]
        self._lines_read += 1
        return line

    def close_input(self) -> None:
        """Send it no more lines."""
        assert self._stdin
        self._stdin.close()


@contextlib.contextmanager
def running_script(name: str, *arguments: str) -> Iterator[Script]:
    """Run a script of the folder that ends with its input, until the block ends."""
    pipe = subprocess.PIPE
    command = ["node", name, *arguments]
    process = subprocess.Popen(command, cwd=FOLDER, env=environment(), stdin=pipe, stdout=pipe)
    script = Script(process)
    try:
        yield script
        script.close_input()
        assert script.wait() == 0
    finally:
        script.close_input()
        script.stop(signal.SIGKILL)  # which does nothing to a script that has ended


def run_source(source: str) -> Any:
    """Run the text of a module; return what it printed as JSON."""
    return _run(["--input-type=module", "--eval", source], {})


def _run(arguments: list[str], variables: dict[str, str]) -> Any:
    result = subprocess.run(
        ["node", *arguments],
        cwd=FOLDER,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_SECONDS,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)
