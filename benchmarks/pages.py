"""Page loads on a warm server: latency, throughput, CPU time and requests to ACS per token."""

import asyncio
import math
import time

from benchmarks.load import Load, offer
from benchmarks.peers import Peer
from benchmarks.processes import Server
from benchmarks.run import Run

WARM_SECONDS = 1.5  # also what Node's compiler needs
SETTLE_SECONDS = 0.3  # to open as many connections as the level needs
SAMPLE_SECONDS = 1.5
LEVELS_CPU = ((0, 1), (0, 32))
LEVELS = ((0, 16), (0, 64), (0, 256), (50, 1), (50, 16), (50, 64), (50, 256))
"""Milliseconds that ACS takes, and page loads at once."""


def measure_cpu(run: Run) -> None:
    """What a token costs, alone and with 31 others."""
    _measure(run, LEVELS_CPU)


def measure(run: Run) -> None:
    """What pages see."""
    _measure(run, LEVELS)


def _measure(run: Run, levels: tuple[tuple[int, int], ...]) -> None:
    for number in range(run.rounds):
        with run.all_serving() as servers:
            run.upstream.counts(delay_ms=0)
            for _, server in servers:
                asyncio.run(offer(server.port, 16, WARM_SECONDS))
            for delay, callers in levels:
                run.say(f"page loads: round {number + 1}, {delay} ms upstream, {callers} at once")
                run.upstream.counts(delay_ms=delay)
                for peer, server in servers:
                    if callers > peer.most_at_once:
                        continue
                    _sample(run, peer, server, delay, callers)


def _sample(run: Run, peer: Peer, server: Server, delay: int, callers: int) -> None:
    asyncio.run(offer(server.port, callers, SETTLE_SECONDS))
    seconds = SAMPLE_SECONDS / 3 if run.quick else SAMPLE_SECONDS
    before, cpu, ours = run.upstream.counts(), server.cpu_seconds(), _own_cpu_seconds(run)
    started = time.perf_counter()
    load = asyncio.run(offer(server.port, callers, seconds))
    busy = (_own_cpu_seconds(run) - ours) / (time.perf_counter() - started)
    cpu, after = server.cpu_seconds() - cpu, run.upstream.counts()
    at, tokens = f"{delay} ms, {callers} at once", max(len(load.latencies), 1)
    if load.latencies:
        _add_latencies(run, peer, at, load)
    figures = {
        "CPU µs per response": cpu * 1e6 / max(load.responses, 1),
        "refused": load.refused / max(load.responses, 1),
        "missing": load.missing,
        # Near 1, the benchmark measures itself.
        "stand-in's and load's share of a core": busy,
    }
    figures |= {f"upstream {n} per token": (after[n] - before[n]) / tokens for n in before}
    for name, value in figures.items():
        run.results.add(f"{name}, {at}", peer.key, value)


def _own_cpu_seconds(run: Run) -> float:
    return run.upstream.cpu_seconds() + time.process_time()


def _add_latencies(run: Run, peer: Peer, at: str, load: Load) -> None:
    latencies = sorted(load.latencies)
    for percent in (50, 99):
        place = math.ceil(len(latencies) * percent / 100) - 1
        run.results.add(f"p{percent} ms, {at}", peer.key, latencies[place] * 1000)
    run.results.add(f"tokens per second, {at}", peer.key, load.in_time / load.seconds)
