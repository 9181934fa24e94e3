"""What a run was made with."""

import json
import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from benchmarks.peers import NODE
from benchmarks.processes import CORES

PACKAGES = ("azure-communication-identity", "azure-core", "aiohttp")
NODE_PACKAGE = "@azure/communication-identity"


def about(rounds: int) -> dict[str, Any]:
    """Versions and circumstances."""
    node = shutil.which("node")
    facts: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": rounds,
        "cores": len(CORES),
        # Above the number of cores others were busy too, and the figures are worth less.
        "load before": round(os.getloadavg()[0], 1),
        "Python": platform.python_version(),
    }
    facts |= {package: version(package) for package in PACKAGES}
    if node:
        run = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
        dependencies = json.loads((NODE / "package.json").read_text())["dependencies"]
        facts |= {"Node": run.stdout.strip(), NODE_PACKAGE: dependencies[NODE_PACKAGE]}
    return facts
