"""ACS as the servers under test see it: the stand-in, running, and some way off."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import certifi

from acs_emulator.certificates import certificates
from benchmarks.processes import ROOT, TRUSTED, cpu_seconds


class Upstream:
    """The stand-in for ACS, running.

    Attributes:
        endpoint: Where it is.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = int(self._read())
        self.endpoint = f"https://localhost:{self.port}"

    def counts(self, delay_ms: float | None = None) -> dict[str, int]:
        """What it was asked so far; may set how long it takes from now on."""
        assert self._process.stdin
        print("" if delay_ms is None else delay_ms, file=self._process.stdin, flush=True)
        counts: dict[str, int] = json.loads(self._read())
        return counts

    def cpu_seconds(self) -> float:
        """What it has used of a core."""
        return cpu_seconds(self._process.pid)

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@contextmanager
def upstream(folder: Path) -> Iterator[Upstream]:
    """Run the stand-in until the block ends, with its certificates in the folder."""
    files = certificates(folder)
    authorities = Path(certifi.where()).read_text()
    (folder / TRUSTED).write_text(f"{authorities}\n{files.authority.read_text()}")
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.upstream", "--folder", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Upstream(process)
        finally:
            process.kill()


@contextmanager
def delayed(port: int, round_trip_ms: float) -> Iterator[str]:
    """Move the stand-in away until the block ends; yields where it then is."""
    arguments = ("--round-trip-ms", str(round_trip_ms), "--port", str(port))
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.delay", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            yield f"https://localhost:{int(process.stdout.readline())}"
        finally:
            process.kill()
