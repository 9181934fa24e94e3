"""A cheap load generator: clients on loopback that send a request as soon as a response comes."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
REQUEST = (
    b"POST /api/users/token HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 0\r\n\r\n"
)
DRAIN_SECONDS = 15  # for what is under way when the time is over


@dataclass
class Load:
    """What the callers saw.

    Attributes:
        latencies: Seconds each token took.
        refused: How many responses had another status than 2xx.
        missing: How many requests got no response.
        in_time: How many tokens came before the time was over.
        seconds: How long that was.
    """

    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    missing: int = 0
    in_time: int = 0
    seconds: float = 0.0

    @property
    def responses(self) -> int:
        """How many responses there were, of any status."""
        return len(self.latencies) + self.refused


class _Run:
    """One load: who is still asking, and for how long."""

    def __init__(self, callers: int, seconds: float, requests: int | None) -> None:
        self.load = Load()
        self.done = asyncio.Event()
        self._callers = callers
        self._left = requests
        self._started = time.perf_counter()
        self.end = self._started + seconds

    def asks_again(self) -> bool:
        """Whether another request is to be sent; counts it."""
        if self._left is not None:
            self._left -= 1
            return self._left >= 0
        return time.perf_counter() < self.end

    def note_response(self, status: bytes, sent: float) -> None:
        """Note a response."""
        now = time.perf_counter()
        if status.startswith(b"2"):
            self.load.latencies.append(now - sent)
            self.load.in_time += now < self.end
        else:
            self.load.refused += 1

    def ended(self) -> None:
        """Note that a caller has ended."""
        self._callers -= 1
        if not self._callers:
            self.load.seconds = min(time.perf_counter(), self.end) - self._started
            self.done.set()


class _Caller(asyncio.Protocol):
    def __init__(self, run: _Run, request: bytes) -> None:
        self._run = run
        self._request = request
        self._received = b""
        self._sent: float | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        length = LENGTH.search(self._received, 0, end) if end >= 0 else None
        if length and len(self._received) >= end + 4 + int(length[1]) and self._sent is not None:
            self._run.note_response(self._received[9:12], self._sent)
            self._received, self._sent = b"", None
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._sent is not None:
            self._run.load.missing += 1
        self._run.ended()

    def give_up(self) -> None:
        """Stop waiting for responses."""
        self._transport.abort()

    def _ask(self) -> None:
        if self._run.asks_again():
            self._sent = time.perf_counter()
            self._transport.write(self._request)
        else:
            self._transport.close()


async def offer(
    port: int,
    callers: int,
    seconds: float,
    *,
    requests: int | None = None,
    request: bytes = REQUEST,
    drain: float = DRAIN_SECONDS,
    meanwhile: Callable[[], None] = lambda: None,
) -> Load:
    """Let callers ask a server on loopback, each on a connection of its own.

    Args:
        port: The server's.
        callers: How many requests are under way at once.
        seconds: For how long requests are sent; with `requests`, how long all may take.
        requests: How many are sent in all; None for as many as there is time for.
        request: What each of them is.
        drain: Seconds to wait for responses after that.
        meanwhile: Called when all callers have asked.
    """
    loop, run = asyncio.get_running_loop(), _Run(callers, seconds, requests)
    connecting = (
        loop.create_connection(lambda: _Caller(run, request), "127.0.0.1", port)
        for _ in range(callers)
    )
    made = [protocol for _, protocol in await asyncio.gather(*connecting)]
    meanwhile()
    try:
        async with asyncio.timeout(seconds + drain):
            await run.done.wait()
    except TimeoutError:
        for caller in made:
            caller.give_up()
        await run.done.wait()
    return run.load
