"""The first page load after a quiet time, with ACS some way off.

All peers are quiet at the same time.
"""

import asyncio
import contextlib
import time

from benchmarks.acs import delayed
from benchmarks.load import offer
from benchmarks.peers import Peer
from benchmarks.processes import Server
from benchmarks.run import Run

QUIET_SECONDS = 21.0
ROUND_TRIPS_MS = (20, 50)
ACS_MS = 50
FIGURE = "ms for a page load after 21 s of idleness, round trip of {} ms"


def measure(run: Run) -> None:
    """Wait, then ask each once, a round trip after the other."""
    run.upstream.counts(delay_ms=ACS_MS)
    with contextlib.ExitStack() as stack:
        far = [(ms, stack.enter_context(delayed(run.upstream.port, ms))) for ms in ROUND_TRIPS_MS]
        servers = [
            (ms, peer, stack.enter_context(run.serving(peer, endpoint)))
            for ms, endpoint in far
            for peer in run.peers
        ]
        for _, _, server in servers:  # Node's compiler needs some; the connections stay
            asyncio.run(offer(server.port, 1, 1, requests=3))
        for number in range(run.rounds):
            run.say(f"idleness: round {number + 1}")
            time.sleep(QUIET_SECONDS)
            for ms, peer, server in servers:
                _ask(run, ms, peer, server)


def _ask(run: Run, ms: int, peer: Peer, server: Server) -> None:
    load = asyncio.run(offer(server.port, 1, 1, requests=1))
    if load.latencies:
        run.results.add(FIGURE.format(ms), peer.key, load.latencies[0] * 1000)
