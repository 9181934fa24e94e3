"""The processes of a run: on which core they run, what they see, what they cost."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import certifi

from acs_emulator.certificates import certificates
from acs_emulator.defaults import connection_string
from benchmarks.load import REQUEST

ROOT = Path(__file__).parent.parent
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, OTHER_CORE = {CORES[0]}, {CORES[-1]}
VARIABLES = 75  # as many as App Service sets: what scans the environment pays for each
START_SECONDS = 30
POLL_SECONDS = 0.001
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


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
        return _cpu_seconds(self._process.pid)

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


class Server:
    """A server under test, running on a core of its own.

    Attributes:
        port: Where it listens on 127.0.0.1.
    """

    def __init__(self, command: Sequence[str], variables: Mapping[str, str], log: Path) -> None:
        self.port = _free_port()
        self._log = log
        self._command = [part.format(port=self.port) for part in command]
        with log.open("wb") as output, on_core(SERVER_CORE):
            self.started = time.perf_counter()
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_for_token(self) -> float:
        """Ask until there is a token; return the seconds since the start of the process."""
        while time.perf_counter() < self.started + START_SECONDS:
            if self._process.poll() is not None:
                break
            if _gives_token(self.port):
                return time.perf_counter() - self.started
            time.sleep(POLL_SECONDS)
        self.stop()
        printed = self._log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(self._command)} gave no token:\n{printed}")

    def cpu_seconds(self) -> float:
        """What all its threads have used of a core."""
        return _cpu_seconds(self._process.pid)

    def resident_bytes(self) -> int:
        """Its memory now."""
        return int(self._proc("statm").split()[1]) * PAGE_BYTES

    def peak_bytes(self) -> int:
        """The most memory it ever had."""
        peak = next(line for line in self._proc("status").splitlines() if "VmHWM" in line)
        return int(peak.split()[1]) * 1024

    def stop(self) -> None:
        """End it, at once."""
        self._process.kill()
        self._process.wait()

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self._process.pid}/{name}").read_text()


def environment(folder: Path, endpoint: str) -> dict[str, str]:
    """What a server under test sees: nothing of the developer's, and as much as in Azure."""
    bundle = folder / "trusted.pem"
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "NODE_ENV": "production",
        "ACS_CONNECTION_STRING": connection_string(endpoint),
        # Beside the usual authorities, whose reading is a part of every start.
        "SSL_CERT_FILE": str(bundle),
        "NODE_EXTRA_CA_CERTS": str(folder / "ca.pem"),
    }
    padding = range(VARIABLES - len(variables))
    return variables | {f"APPSETTING_OF_THE_PLATFORM_{n}": f"its value, {n}" for n in padding}


@contextmanager
def upstream(folder: Path) -> Iterator[Upstream]:
    """Run the stand-in until the block ends, with its certificates in the folder."""
    files = certificates(folder)
    authorities = Path(certifi.where()).read_text()
    (folder / "trusted.pem").write_text(f"{authorities}\n{files.authority.read_text()}")
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


@contextmanager
def on_core(cores: set[int]) -> Iterator[None]:
    """Run on these cores, and what is started with it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _cpu_seconds(pid: int) -> float:
    # The clock of another process, as clock_getcpuclockid(3) makes it: to the nanosecond, where
    # /proc has hundredths of seconds.
    return time.clock_gettime((~pid << 3) | 2)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _gives_token(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as connection:
            connection.sendall(REQUEST)
            return connection.recv(65536).startswith(b"HTTP/1.1 2")
    except OSError:
        return False
