"""Page loads in a browser: until the page's credential has its token, and what ACS is asked.

The tutorial's page against acs-tokens' package for pages, each with its own server.
"""

import json
import shutil
import subprocess
from statistics import median

from benchmarks.peers import OURS, TUTORIAL, Peer
from benchmarks.processes import ROOT
from benchmarks.run import Run

FIRST = "ms to the credential in a page, first load"
RELOAD = "ms to the credential in a page, reload"
REQUESTS = "requests to ACS, 10 people load a page 10 times each"
PEOPLE = LOADS = 10
ACS_MS = 50
WAYS = {TUTORIAL: "tutorial", OURS: "client"}
# Not the headless shell, which the tests prefer: the figures are of a browser that people have.
NAMES = ("chromium", "chromium-browser", "google-chrome")


def measure(run: Run) -> None:
    """Let ten people load each page ten times, a page after the other."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if not program or not (ROOT / "client" / "dist" / "index.js").is_file():
        run.say("no Chromium, or no npm: pages in a browser are not measured")
        return
    run.upstream.counts(delay_ms=ACS_MS)
    for number in range(run.rounds):
        for peer in run.peers:
            if peer.key in WAYS:
                run.say(f"pages in a browser: round {number + 1}, {peer.key}")
                _sample(run, peer, program)


def _sample(run: Run, peer: Peer, program: str) -> None:
    limits = {"LIMIT_NEW_GUESTS": "100000", "LIMIT_ALL_NEW_GUESTS": "100000"}
    server = run.start(peer, variables=limits)
    try:
        server.wait_for_token()
        before = run.upstream.counts()["requests"]
        people = _visits(program, WAYS[peer.key], f"http://127.0.0.1:{server.port}")
        asked = run.upstream.counts()["requests"] - before
    finally:
        server.stop()
    run.results.add(FIRST, peer.key, median(loads[0] for loads in people))
    run.results.add(RELOAD, peer.key, median(ms for loads in people for ms in loads[1:]))
    run.results.add(REQUESTS, peer.key, asked)


def _visits(program: str, way: str, api: str) -> list[list[float]]:
    """What each person waited for, load by load."""
    script = ROOT / "benchmarks" / "node" / "pages.mjs"
    command = ["node", str(script), program, way, api, str(PEOPLE), str(LOADS)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    people: list[list[float]] = json.loads(ran.stdout)
    return people
