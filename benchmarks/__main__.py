"""Measure everything, side by side, in one run."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks import pages, start
from benchmarks.peers import peers
from benchmarks.processes import OTHER_CORE, upstream
from benchmarks.run import Run

MEASUREMENTS = {"cpu": pages.measure_cpu, "start": start.measure, "pages": pages.measure}


def main() -> int:
    arguments = _arguments()
    chosen = [peer for peer in peers() if not arguments.peers or peer.key in arguments.peers]
    os.sched_setaffinity(0, OTHER_CORE)
    with tempfile.TemporaryDirectory() as folder, upstream(Path(folder)) as acs:
        run = Run(Path(folder), acs, [peer for peer in chosen if not peer.missing], arguments.rounds)
        for name in arguments.only or MEASUREMENTS:
            MEASUREMENTS[name](run)
    for figure, values in run.results.samples.items():
        print(figure)
        for key in values:
            print(f"    {key:16} {run.results.value(figure, key):10.3f}", end="")
            for against in ("tutorial", "floor", "azure.functions"):
                ratio = run.results.ratio(figure, key, against)
                print(f"   {ratio:.2f} x {against}" if ratio else "", end="")
            print()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=MEASUREMENTS)
    parser.add_argument("--peers", nargs="*", choices=[peer.key for peer in peers()])
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
