"""Measure everything side by side, in one run; write a table, a chart and the raw numbers."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks import browser, idle, instructions, lost, memory, package, pages, start, store
from benchmarks.about import OTHERS, Others, about
from benchmarks.acs import upstream
from benchmarks.chart import chart
from benchmarks.peers import Peer, peers
from benchmarks.processes import OTHER_CORE, ROOT
from benchmarks.report import table, with_results
from benchmarks.results import Results
from benchmarks.run import Run
from benchmarks.targets import TARGETS

MEASUREMENTS = {
    "cpu": pages.measure_cpu,
    "start": start.measure,
    "package": package.measure,
    "pages": pages.measure,
    "idle": idle.measure,
    "memory": memory.measure,
    "lost": lost.measure,
    "instructions": instructions.measure,
    "browser": browser.measure,
    "store": store.measure,
}
ROUNDS = 5
RESULTS = ROOT / "benchmarks" / "results"
DOCUMENT = ROOT / "docs" / "performance.md"


def main() -> int:
    """Measure; return 0 whatever the figures are."""
    arguments = _arguments()
    whole = not (arguments.quick or arguments.only or arguments.peers)
    rounds = arguments.rounds or (1 if arguments.quick else ROUNDS)
    chosen = [peer for peer in peers() if not arguments.peers or peer.key in arguments.peers]
    results = _measure(chosen, rounds, arguments.only or list(MEASUREMENTS), quick=arguments.quick)
    folder = RESULTS if whole else RESULTS / "partial"
    _write(folder, results, chosen)
    _print(results)
    if whole:
        DOCUMENT.write_text(with_results(DOCUMENT.read_text(), table(results, chosen)))
    else:
        print(
            f"\nNot a whole run: a part of it, or too short. {DOCUMENT.name} stays as it is."
            f" The results are in {folder}."
        )
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    add = parser.add_argument
    add(
        "--quick", action="store_true", help="see in some minutes that it works; writes no document"
    )
    add("--rounds", type=int, help=f"how often each is measured; default {ROUNDS}")
    add("--only", nargs="+", choices=MEASUREMENTS, help="measure a part; writes no document")
    add("--peers", nargs="+", choices=[peer.key for peer in peers()], help="compare some")
    return parser.parse_args()


def _measure(chosen: list[Peer], rounds: int, names: list[str], *, quick: bool) -> Results:
    os.sched_setaffinity(0, OTHER_CORE)
    others = Others()
    with tempfile.TemporaryDirectory() as name, upstream(Path(name)) as acs:
        present = [peer for peer in chosen if not peer.missing]
        run = Run(Path(name), acs, present, rounds, quick)
        run.results.about |= about(rounds)
        for peer in chosen:
            if peer.missing:
                run.say(f"{peer.key} is not measured: {peer.missing}")
        for measurement in names:
            MEASUREMENTS[measurement](run)
        run.say("done")
    run.results.about[OTHERS] = round(others.cores(), 1)
    return run.results


def _write(folder: Path, results: Results, chosen: list[Peer]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    results.write(folder / "results.json")
    (folder / "table.md").write_text(table(results, chosen))
    (folder / "chart.svg").write_text(chart(results))


def _print(results: Results) -> None:
    for figure, values in results.samples.items():
        print(f"\n{figure}")
        for key in values:
            ratios = (
                f"{ratio:10.2f} x {against}"
                for against in ("tutorial", "floor", start.PACKAGES, package.LIBRARIES)
                if (ratio := results.ratio(figure, key, against)) is not None
            )
            print(f"  {key:16}{results.value(figure, key):12.3f}{''.join(ratios)}")
    print()
    for target in TARGETS:
        what, against, limits, measured, verdict = target.row(results)
        print(f"{what}: {measured} ({limits}, against {against}): {verdict.strip('*')}")
    print(f"Cores that others used meanwhile: {results.about[OTHERS]}")


if __name__ == "__main__":
    sys.exit(main())
