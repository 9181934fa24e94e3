"""Node scripts for tests, with the packages that make installs."""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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


@contextlib.contextmanager
def running_script(name: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a script of the folder that reads lines and prints lines, until the block ends."""
    pipe = subprocess.PIPE
    command = ["node", name, *arguments]
    with subprocess.Popen(
        command, cwd=FOLDER, env=environment(), stdin=pipe, stdout=pipe, text=True
    ) as script:
        try:
            yield script
            assert script.stdin
            script.stdin.close()  # which ends it
            assert script.wait(LIMIT_SECONDS) == 0
        finally:
            script.kill()  # which does nothing to a script that has ended


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
