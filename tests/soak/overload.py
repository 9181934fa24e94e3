"""An ACS that is slow, and clients that send requests without end."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from acs_emulator.ports import listen, port_of
from tests.keys import KEY
from tests.serving import in_thread, name_the_request
from tests.trust.acs_stand_in import Acs


@contextlib.contextmanager
def running_slow_acs(seconds: float) -> Iterator[str]:
    """Run an ACS whose responses take so long; yields its connection string."""

    @web.middleware
    async def wait(request: web.Request, handler: Handler) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await handler(request)

    sockets, application = listen(0), web.Application(middlewares=[wait])
    application.add_routes(Acs(port_of(sockets)).routes())
    application.on_response_prepare.append(name_the_request)
    with in_thread(application, (sockets, None)):
        yield f"endpoint=http://127.0.0.1:{port_of(sockets)};accesskey={KEY}"


@dataclass
class Responses:
    """How many responses had which status, and how long each took."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: dict[int, list[float]] = field(default_factory=dict)

    def add(self, status: int, seconds: float) -> None:
        """Note one response."""
        self.statuses[status] += 1
        self.seconds.setdefault(status, []).append(seconds)

    def percentile(self, status: int, percent: int) -> float:
        """Return how many ms so many percent of the responses with a status took at most."""
        ordered = sorted(self.seconds.get(status, [0]))
        return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] * 1000

    def __str__(self) -> str:
        return "; ".join(
            f"{count} x {status}, p50 {self.percentile(status, 50):.0f} ms, p99 {self.percentile(status, 99):.0f} ms"
            for status, count in sorted(self.statuses.items())
        )  # fmt: skip


async def send(session: aiohttp.ClientSession, route: str, responses: Responses) -> None:
    """Send one request."""
    started = time.monotonic()
    async with session.post(route) as response:
        await response.read()
    responses.add(response.status, time.monotonic() - started)


def session(address: str) -> aiohttp.ClientSession:
    """Open a session with as many connections as needed."""
    connector = aiohttp.TCPConnector(limit=0)
    return aiohttp.ClientSession(f"{address}/api/", connector=connector)
