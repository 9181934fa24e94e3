"""Memory with 1,000 page loads under way and an ACS that is slow, and afterwards."""

import asyncio
import time

from benchmarks.load import offer
from benchmarks.peers import OURS, Peer
from benchmarks.processes import Server
from benchmarks.run import Run

AT_ONCE = 1000
ACS_MS = 1500
POOL, WARM_SECONDS = 64, 1.5
BURST_SECONDS = 8  # then clients without a response give up
SETTLE_SECONDS = 10.0
IDLE_SECONDS = 122  # aiohttp looks once a minute for connections that nobody used for a minute
STABLE_SECONDS = 1.0
MIB = 1024 * 1024

REST, GROWTH, BACK = "MiB at rest", "MiB more with 1,000 at once", "two minutes later, of rest"
SERVED = "tokens of 1,000 at once"


def measure(run: Run) -> None:
    """Measure each in a fresh process."""
    for number in range(run.rounds):
        run.say(f"memory: round {number + 1}")
        for peer in run.peers:
            if peer.most_at_once >= AT_ONCE:
                _sample(run, peer, until_idle=peer.key == OURS and number == 0)


def _sample(run: Run, peer: Peer, *, until_idle: bool) -> None:
    run.upstream.counts(delay_ms=0)
    with run.serving(peer) as server:
        # At rest it is warm: it keeps the connections to ACS that it may need.
        asyncio.run(offer(server.port, POOL, WARM_SECONDS))
        rest = _settled(server)
        run.upstream.counts(delay_ms=ACS_MS)
        load = asyncio.run(offer(server.port, AT_ONCE, BURST_SECONDS, requests=AT_ONCE, drain=0))
        peak = server.peak_bytes()
        if until_idle:
            time.sleep(IDLE_SECONDS)
            run.results.add(BACK, peer.key, _settled(server) / rest)
    run.results.add(REST, peer.key, rest / MIB)
    run.results.add(GROWTH, peer.key, (peak - rest) / MIB)
    run.results.add(SERVED, peer.key, len(load.latencies))


def _settled(server: Server) -> int:
    """Its memory, when that has not moved by a hundredth for a while."""
    last, since = server.resident_bytes(), time.monotonic()
    end = since + SETTLE_SECONDS
    while time.monotonic() < min(end, since + STABLE_SECONDS):
        time.sleep(STABLE_SECONDS / 10)
        now = server.resident_bytes()
        if abs(now - last) > last / 100:
            last, since = now, time.monotonic()
    return server.resident_bytes()
