"""``make fuzz``: every target, as many at a time as there are cores."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]

# The slowest first, so that no core is left with it at the end.
TARGETS = ("bearer", "handle", "connection-string", "body", "easyauth", "retry-after")
RUNS = 1_000_000
MAX_BYTES = 2048  # of input, from which more is built: beyond it no more choices are made
HANG_SECONDS = 30  # one input that takes so long is a find
FINDS = ROOT / ".fuzz"
DONE = re.compile(r"^Done (\d+) runs in (\d+) second", re.MULTILINE)
WRITTEN = re.compile(r"Test unit written to (.+)")
NOISE = re.compile(r"INFO:|WARNING:|#[0-9]|\s*$")


def main() -> int:
    """Run the targets; return 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of each (default: {RUNS:,})")
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if arguments.runs < 1:
        parser.error("--runs must be 1 or more")
    FINDS.mkdir(exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as cores:
        verdicts = cores.map(partial(_fuzz, runs=arguments.runs), arguments.targets or TARGETS)
        return 0 if all(list(verdicts)) else 1


def _fuzz(name: str, *, runs: int) -> bool:
    command = [sys.executable, "-m", "tests.fuzz.target", name]
    with tempfile.TemporaryDirectory() as corpus:
        ran = subprocess.run(
            [*command, corpus, f"-runs={runs}", f"-max_len={MAX_BYTES}",
             f"-timeout={HANG_SECONDS}", f"-artifact_prefix={FINDS}/{name}-"],
            cwd=ROOT, capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
    done = DONE.search(ran.stderr)
    if ran.returncode == 0 and done and int(done[1]) >= runs:
        print(f"{name:17} {int(done[1]):>9,} runs {int(done[2]):>5} s", flush=True)
        return True
    said = [line for line in (ran.stdout + ran.stderr).splitlines() if not NOISE.match(line)]
    file = WRITTEN.search(ran.stderr)
    again = f"\nAgain: {' '.join(command)} {file[1]}" if file else ""
    print(f"{name:17} FAILED", *said[-60:], again, sep="\n", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main())
