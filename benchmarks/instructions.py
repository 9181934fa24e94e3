"""Instructions that a server executes for each page load, counted by valgrind's callgrind.

Unlike CPU time, the figure does not depend on what else the machine does. It counts user space
alone, and only the server: the load and the stand-in for ACS are other processes.
"""

import argparse
import asyncio
import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.acs import upstream
from benchmarks.load import REQUEST, offer
from benchmarks.peers import FLOOR, OURS, PIPELINE, SDK, Peer, peers
from benchmarks.processes import OTHER_CORE, Server
from benchmarks.run import Run

FIGURE = "millions of instructions per token, {} at once"
GUEST_FIGURE = "millions of instructions per new guest, 1 at once"
AT_ONCE = (1, 16)
PEERS = (OURS, SDK, PIPELINE, FLOOR)  # callgrind is slow with Node, which compiles as it runs
NEEDS = "valgrind is missing (Debian: apt install valgrind)"

GUEST_REQUEST = b"GET /api/guest/token HTTP/1.1\r\nHost: localhost\r\n\r\n"
WARM_REQUESTS, FIRST_REQUESTS = 60, 30  # before callgrind counts, and while it does
SHORT, LONG = 50, 200  # page loads of two runs; what every run costs is in neither difference
LIMIT_SECONDS = 300
VARIABLES = {
    "PYTHONHASHSEED": "0",  # so that all dictionaries are the same in every run
    "GUESTS": "on",
    "LIMIT_NEW_GUESTS": "100000",
    "LIMIT_ALL_NEW_GUESTS": "100000",
}
TOTALS = re.compile(r"^totals: ([0-9]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Counted:
    """A server that runs in callgrind.

    Attributes:
        server: The server.
        folder: Where callgrind writes its counts.
    """

    server: Server
    folder: Path

    def per_response(self, callers: int, request: bytes) -> float:
        """Return the millions of instructions that a response takes.

        Args:
            callers: How many requests are under way at once.
            request: What each of them sends.
        """
        self._offer(callers, request, WARM_REQUESTS)
        self._tell("instrumentation", "on")
        self._offer(callers, request, FIRST_REQUESTS)
        short, long = (self._count(callers, request, number) for number in (SHORT, LONG))
        self._tell("instrumentation", "off")
        return (long - short) / (LONG - SHORT) / 1e6

    def _count(self, callers: int, request: bytes, number: int) -> int:
        self._tell("zero")
        self._offer(callers, request, number)
        before = set(self.folder.iterdir())
        self._tell("dump")
        (written,) = set(self.folder.iterdir()) - before
        (total,) = TOTALS.findall(written.read_text())
        return int(total)

    def _offer(self, callers: int, request: bytes, number: int) -> None:
        sending = offer(
            self.server.port, callers, LIMIT_SECONDS, requests=number, request=request, drain=0
        )
        load = asyncio.run(sending)
        if len(load.latencies) != number:
            raise RuntimeError(f"Only {len(load.latencies)} of {number} requests succeeded.")

    def _tell(self, *command: str) -> None:
        vgdb = shutil.which("vgdb") or "vgdb"  # a part of valgrind
        where = (f"--vgdb-prefix={self.folder.parent / 'vgdb'}", f"--pid={self.server.pid}")
        subprocess.run([vgdb, *where, *command], capture_output=True, check=True)


def measure(run: Run) -> None:
    """Count the instructions of each row in Python, once: they hardly vary."""
    if shutil.which("valgrind") is None:
        run.say(f"instructions are not counted: {NEEDS}")
        return
    run.upstream.counts(delay_ms=0)
    for peer in run.peers:
        if peer.key in PEERS:
            run.say(f"instructions: {peer.key}")
            with _counted(run, peer) as counted:
                _add(run, peer, counted)


def _add(run: Run, peer: Peer, counted: Counted) -> None:
    for callers in AT_ONCE:
        figure = FIGURE.format(callers)
        run.results.add(figure, peer.key, counted.per_response(callers, REQUEST))
    if peer.key == OURS:
        run.results.add(GUEST_FIGURE, peer.key, counted.per_response(1, GUEST_REQUEST))


@contextmanager
def _counted(run: Run, peer: Peer) -> Iterator[Counted]:
    folder = run.folder / f"{peer.key}-counts"
    folder.mkdir()
    callgrind = (
        "valgrind",
        "--quiet",
        "--tool=callgrind",
        "--instr-atstart=no",  # a start takes a tenth of the time then
        f"--callgrind-out-file={folder / 'counts'}",
        f"--vgdb-prefix={run.folder / 'vgdb'}",
    )
    in_callgrind = dataclasses.replace(peer, command=(*callgrind, *peer.command))
    server = run.start(in_callgrind, variables=VARIABLES)
    try:
        server.wait_for_token()
        yield Counted(server, folder)
    finally:
        server.stop()


def main() -> int:
    """Print the figures; return 1 where valgrind is missing."""
    parser = argparse.ArgumentParser(prog="make instructions", description=__doc__)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=[OURS])
    chosen = parser.parse_args().peers
    if shutil.which("valgrind") is None:
        print(f"make instructions: {NEEDS}.", file=sys.stderr)
        return 1
    os.sched_setaffinity(0, OTHER_CORE)
    with tempfile.TemporaryDirectory() as name, upstream(Path(name)) as acs:
        run = Run(Path(name), acs, [peer for peer in peers() if peer.key in chosen], rounds=1)
        measure(run)
    for figure, values in run.results.samples.items():
        for key, (count,) in values.items():
            print(f"{figure}, {key}: {count:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
