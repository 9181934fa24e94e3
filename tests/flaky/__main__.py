"""Run all tests again and again on a busy machine; say which tests failed in which run."""

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 20
BUSY_LOOPS = 4
OUTPUTS = ROOT / ".flaky"  # what pytest printed in the runs that failed
PYTEST = ("-m", "pytest", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?::\w+(?:\[.*?\](?= - |$))?)", re.MULTILINE)
# It ends with the process that started it, even if that one is killed.
BUSY_LOOP = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): pass"


def main() -> int:
    """Run the tests; return 1 if a run failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.flaky", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"default: {RUNS}")
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs must be 1 or more")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the busy loops are stopped
    shutil.rmtree(OUTPUTS, ignore_errors=True)
    with busy_machine():
        passed = [run(number, arguments.pytest) for number in range(1, arguments.runs + 1)]
    print(f"{sum(passed)} of {len(passed)} runs passed.")
    return 0 if all(passed) else 1


@contextlib.contextmanager
def busy_machine() -> Iterator[None]:
    """Keep the machine busy until the block ends."""
    command = [sys.executable, "-c", BUSY_LOOP, str(os.getpid())]
    loops = [subprocess.Popen(command) for _ in range(BUSY_LOOPS)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def run(number: int, arguments: list[str]) -> bool:
    """Run the tests once and print the result; return whether all passed."""
    started = time.monotonic()
    result = subprocess.run(
        [sys.executable, *PYTEST, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    clean = result.returncode == 0
    verdict = "passed" if clean else "FAILED"
    print(f"run {number}: {verdict} in {time.monotonic() - started:.0f} s", flush=True)
    if not clean:
        OUTPUTS.mkdir(exist_ok=True)
        file = OUTPUTS / f"run-{number}.txt"
        file.write_text(result.stdout)
        failed = FAILED.findall(result.stdout) or [f"pytest's status is {result.returncode}"]
        print(*(f"  {test}" for test in failed), f"  see {file}", sep="\n", flush=True)
    return clean


if __name__ == "__main__":
    sys.exit(main())
