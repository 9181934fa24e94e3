"""The programs that are compared: each serves ``POST /api/users/token`` on loopback."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import ROOT

NODE = ROOT / "benchmarks" / "node"
FUNCTIONS_HOST = Path(
    os.environ.get("FUNCTIONS_HOST", ROOT.parent / "shared" / "tools" / "functions_host.py")
).resolve()
HOST = ROOT / ".venv-host"


@dataclass(frozen=True)
class Peer:
    """One row.

    Attributes:
        key: Its name in the results.
        title: Its name in the document.
        command: How it is started; ``{port}`` stands for its port.
        missing: Why it cannot be measured here; empty when it can.
        most_at_once: How many page loads it is asked for at once; with more, all of them would
            take longer than anybody waits.
    """

    key: str
    title: str
    command: tuple[str, ...]
    missing: str = ""
    most_at_once: int = 1000


TUTORIAL, BEST, NAIVE, OURS, RUNTIME, SDK, PIPELINE, FLOOR = (
    "tutorial", "best-node", "naive-python", "ours", "ours-runtime", "sdk", "azure-core", "floor",
)  # fmt: skip


def peers() -> list[Peer]:
    """All rows, also those that cannot be measured here."""
    return [
        _node(TUTORIAL, "Microsoft's tutorial (Node: a client and two calls per page load)"),
        _node(BEST, "the same at its best (Node: one client, one call)"),
        Peer(
            NAIVE,
            "the same in Python (sync SDK in threads)",
            _python("benchmarks.rows.naive"),
            most_at_once=64,
        ),
        Peer(OURS, "**acs-tokens**", _python("local_host", "--no-emulator")),
        _runtime(),
        Peer(SDK, "the SDK alone, in acs-tokens' transport", _python("benchmarks.rows.sdk")),
        Peer(PIPELINE, "azure.core without the SDK", _python("benchmarks.rows.pipeline")),
        Peer(FLOOR, "the floor: a bare aiohttp call", _python("benchmarks.rows.floor")),
    ]


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments, "--port", "{port}")


def _node(key: str, title: str) -> Peer:
    way = "tutorial" if key == TUTORIAL else "best"
    there = shutil.which("node") and (NODE / "node_modules" / ".installed").is_file()
    missing = "" if there else "no Node.js with npm"
    return Peer(key, title, ("node", str(NODE / "server.mjs"), way, "{port}"), missing)


def _runtime() -> Peer:
    """The app through the library that runs it in Azure, which needs Python 3.13."""
    missing = ""
    if not FUNCTIONS_HOST.is_file():
        missing = "the program around Azure's runtime library is not part of this repository"
    elif not (HOST / ".installed").is_file():
        missing = "no Python 3.13"
    command = (
        str(HOST / "bin" / "python"),
        str(FUNCTIONS_HOST),
        "--app",
        str(ROOT),
        "--port",
        "{port}",
    )
    title = "**acs-tokens** in Azure's runtime library (Python 3.13)"
    return Peer(RUNTIME, title, (*command, "--quiet"), missing)
