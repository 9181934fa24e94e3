"""What all measurements of a run share: the stand-in, the peers and where results go."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.acs import Upstream
from benchmarks.peers import Peer
from benchmarks.processes import Server, environment
from benchmarks.results import Results


@dataclass
class Run:
    """One run of the benchmark.

    Attributes:
        folder: For certificates and for what the servers print.
        peers: Those that can be measured here.
        rounds: How often each is measured, in turn with all others.
        quick: To see that it works, not to know.
    """

    folder: Path
    upstream: Upstream
    peers: list[Peer]
    rounds: int
    quick: bool = False
    results: Results = field(default_factory=Results)
    _started: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """Tell whoever waits how far it is."""
        print(f"[{time.monotonic() - self._started:5.0f} s] {text}", flush=True)

    def start(
        self, peer: Peer, endpoint: str | None = None, variables: dict[str, str] | None = None
    ) -> Server:
        """Start a process of a peer; the caller stops it."""
        seen = environment(self.folder, endpoint or self.upstream.endpoint) | (variables or {})
        return Server(peer.command, seen, self.folder / f"{peer.key}.log")

    @contextlib.contextmanager
    def serving(self, peer: Peer, endpoint: str | None = None) -> Iterator[Server]:
        """Serve a peer until the block ends; it has given its first token."""
        server = self.start(peer, endpoint)
        try:
            server.wait_for_token()
            yield server
        finally:
            server.stop()

    @contextlib.contextmanager
    def all_serving(self) -> Iterator[list[tuple[Peer, Server]]]:
        """Serve all peers until the block ends."""
        with contextlib.ExitStack() as stack:
            yield [(peer, stack.enter_context(self.serving(peer))) for peer in self.peers]
