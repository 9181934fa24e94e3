"""What a run was made with."""

import json
import os
import platform
import resource
import shutil
import subprocess
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.peers import NODE
from benchmarks.processes import CORES

PACKAGES = ("azure-communication-identity", "azure-core", "aiohttp")
OTHERS = "cores that others used"
NODE_PACKAGE = "@azure/communication-identity"

TICKS = os.sysconf("SC_CLK_TCK")


class Others:
    """How busy others keep the machine: what they take, the figures are wrong by."""

    def __init__(self) -> None:
        self._started, self._theirs = time.monotonic(), self._cpu_seconds()

    def cores(self) -> float:
        """How many cores they had on average; best after all processes of the run have ended."""
        spent = self._cpu_seconds() - self._theirs
        return max(0.0, spent / (time.monotonic() - self._started))

    @staticmethod
    def _cpu_seconds() -> float:
        user, nice, system, _, _, irq, soft, *_ = (
            int(ticks) for ticks in Path("/proc/stat").read_text().split()[1:11]
        )
        usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        ours = sum(usage.ru_utime + usage.ru_stime for usage in usages)
        return (user + nice + system + irq + soft) / TICKS - ours


def about(rounds: int) -> dict[str, Any]:
    """Versions and circumstances."""
    node = shutil.which("node")
    facts: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": rounds,
        "cores": len(CORES),
        "Python": platform.python_version(),
    }
    facts |= {package: version(package) for package in PACKAGES}
    if node:
        run = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
        dependencies = json.loads((NODE / "package.json").read_text())["dependencies"]
        facts |= {"Node": run.stdout.strip(), NODE_PACKAGE: dependencies[NODE_PACKAGE]}
    return facts
