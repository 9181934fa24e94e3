"""The servers under test: on which core they run, what they see, what they cost."""

import contextlib
import os
import random
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from acs_emulator.defaults import connection_string
from benchmarks.load import REQUEST

ROOT = Path(__file__).parent.parent
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, OTHER_CORE = {CORES[0]}, {CORES[-1]}
TRUSTED = "trusted.pem"  # in the folder of a run, with the ca.pem of the stand-in
VARIABLES = 75  # as many as App Service sets: what scans the environment pays for each
START_SECONDS = 120
POLL_SECONDS = 0.001
# Below those that the system gives to clients: whoever asks for one of those before there is a
# server may, once in some thousand times, be connected to itself. In any order, so that two
# benchmarks at once do not reach for the same ones.
PORTS = iter(random.sample(range(20_000, 32_000), 12_000))
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


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

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def cpu_seconds(self) -> float:
        """What all its threads have used of a core."""
        return cpu_seconds(self.pid)

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
        return Path(f"/proc/{self.pid}/{name}").read_text()


def environment(folder: Path, endpoint: str) -> dict[str, str]:
    """What a server under test sees: nothing of the developer's, and as much as in Azure."""
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "NODE_ENV": "production",
        "ACS_CONNECTION_STRING": connection_string(endpoint),
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",  # or the stand-in's address is refused
        # Beside the usual authorities, whose reading is a part of every start.
        "SSL_CERT_FILE": str(folder / TRUSTED),
        "NODE_EXTRA_CA_CERTS": str(folder / "ca.pem"),
    }
    padding = range(VARIABLES - len(variables))
    return variables | {f"APPSETTING_OF_THE_PLATFORM_{n}": f"its value, {n}" for n in padding}


def cpu_seconds(pid: int) -> float:
    """What a process has used of a core."""
    # The clock of another process, as clock_getcpuclockid(3) makes it: to the nanosecond, where
    # /proc has hundredths of seconds.
    return time.clock_gettime((~pid << 3) | 2)


@contextlib.contextmanager
def on_core(cores: set[int]) -> Iterator[None]:
    """Run on these cores, and what is started with it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _free_port() -> int:
    for port in PORTS:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("No port is free.")


def _gives_token(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as connection:
            connection.sendall(REQUEST)
            return connection.recv(65536).startswith(b"HTTP/1.1 2")
    except OSError:
        return False
