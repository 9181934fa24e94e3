"""Cold starts of the package that is deployed: their CPU time, with and without bytecode."""

import shutil
import stat
import subprocess
from pathlib import Path

from benchmarks.peers import HOST
from benchmarks.processes import ROOT, SERVER_CORE, environment, on_core
from benchmarks.run import Run

CPU = "CPU ms until the functions are indexed"
PACKAGE, WITHOUT, LIBRARIES = "package", "package-without-bytecode", "its-libraries-alone"
BUILT = ROOT / ".package"  # by make package
EXTRA_ROUNDS = 4  # a start is short, and varies

SCRIPT = """
import sys, time
sys.path[:0] = [{folder!r}, {folder!r} + "/.python_packages/lib/site-packages"]
{statements}
print(time.process_time() * 1000)
"""
INDEX = "import function_app; function_app.app.get_functions()"
# What the service uses of these in every deployment; `import pydantic` alone loads next to nothing.
IMPORTS = """
import azure.functions, aiohttp
from azure.communication.identity.aio import CommunicationIdentityClient
from pydantic import BaseModel, ConfigDict, Field, SecretStr
"""


def measure(run: Run) -> None:
    """Start the package in turn with its libraries; no process may leave bytecode for the next."""
    if not (BUILT / "function_app.py").is_file() or not (HOST / "bin" / "python").is_file():
        run.say("the package is not measured: it is made with make package, and needs Python 3.13")
        return
    package = _read_only(run.folder / "package", compiled=True)
    without = _read_only(run.folder / "package-without-bytecode", compiled=False)
    for number in range(run.rounds if run.quick else run.rounds + EXTRA_ROUNDS):
        run.say(f"cold starts of the package: round {number + 1}")
        run.results.add(CPU, PACKAGE, _cpu_ms(run, package, INDEX))
        run.results.add(CPU, WITHOUT, _cpu_ms(run, without, INDEX))
        run.results.add(CPU, LIBRARIES, _cpu_ms(run, package, IMPORTS))


def _read_only(folder: Path, *, compiled: bool) -> Path:
    """Copy the package to a folder that nobody may write to, as Azure mounts it."""
    ignored = None if compiled else shutil.ignore_patterns("__pycache__")
    shutil.copytree(BUILT, folder, ignore=ignored)
    for path in folder.rglob("*"):
        path.chmod(
            path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) | stat.S_IRUSR
        )
    return folder


def _cpu_ms(run: Run, folder: Path, statements: str) -> float:
    """Run statements with nothing but the package and Python's own library; return the CPU time.

    -B, because a mode of a file stops no root.
    """
    script = SCRIPT.format(folder=str(folder), statements=statements)
    with on_core(SERVER_CORE):
        result = subprocess.run(
            [str(HOST / "bin" / "python"), "-I", "-S", "-B", "-c", script],
            env=environment(run.folder, run.upstream.endpoint),
            capture_output=True,
            text=True,
            check=True,
        )
    return float(result.stdout.split()[-1])
