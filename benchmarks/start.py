"""Starts: of a process until its first token, and of what function_app.py imports."""

import subprocess
import sys

from benchmarks.processes import ROOT, SERVER_CORE, environment, on_core
from benchmarks.run import Run

FIRST = "ms from start to first token"
IMPORT = "ms to import and index"
PACKAGES, APP = "the four packages", "function_app.py"
EXTRA_ROUNDS = 4  # a start is short, and varies

SCRIPT = """
import time
started = time.perf_counter()
{statements}
print((time.perf_counter() - started) * 1000)
"""
STATEMENTS = {
    PACKAGES: "import azure.functions, aiohttp, pydantic, azure.communication.identity.aio",
    APP: "import function_app; function_app.app.get_functions()",
}


def measure(run: Run) -> None:
    """Start everything, in turn; once before, so that all is compiled."""
    run.upstream.counts(delay_ms=0)
    for peer in run.peers:
        with run.serving(peer):
            pass
    for name in STATEMENTS:
        _import(run, name)
    for number in range(run.rounds if run.quick else run.rounds + EXTRA_ROUNDS):
        run.say(f"starts: round {number + 1}")
        for peer in run.peers:
            server = run.start(peer)
            run.results.add(FIRST, peer.key, server.wait_for_token() * 1000)
            server.stop()
        for name in STATEMENTS:
            run.results.add(IMPORT, name, _import(run, name))


def _import(run: Run, name: str) -> float:
    with on_core(SERVER_CORE):
        result = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(statements=STATEMENTS[name])],
            cwd=ROOT,
            env=environment(run.folder, run.upstream.endpoint),
            capture_output=True,
            text=True,
            check=True,
        )
    return float(result.stdout.split()[-1])
