"""Requests that never get a response while the garbage collector runs often."""

import asyncio

from benchmarks.load import offer
from benchmarks.peers import OURS, RUNTIME
from benchmarks.processes import ROOT
from benchmarks.run import Run

INVOCATIONS, QUICK_INVOCATIONS = 10_000, 1_000
AT_ONCE = 32
LIMIT_SECONDS = 120
ACS_MS = 5  # so that they do wait
LOST, REFUSED = "invocations lost", "invocations refused"


def measure(run: Run) -> None:
    """Invoke our own rows, with full collections all the time besides Python's own."""
    run.upstream.counts(delay_ms=ACS_MS)
    pressure = {"PYTHONPATH": str(ROOT / "benchmarks" / "pressure")}
    invocations = QUICK_INVOCATIONS if run.quick else INVOCATIONS
    for peer in run.peers:
        if peer.key not in (OURS, RUNTIME):
            continue
        run.say(f"lost invocations: {peer.key}")
        server = run.start(peer, variables=pressure)
        server.wait_for_token()
        load = asyncio.run(offer(server.port, AT_ONCE, LIMIT_SECONDS, requests=invocations))
        server.stop()
        run.results.add(LOST, peer.key, invocations - load.responses)
        run.results.add(REFUSED, peer.key, load.refused)
