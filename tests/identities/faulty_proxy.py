"""A proxy between the identity store and Table Storage that causes faults."""

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

from acs_emulator.ports import listen, port_of
from tests.serving import in_thread

Fault = Callable[["FaultyProxy", web.Request], Awaitable[web.StreamResponse]]


@dataclass
class FaultyProxy:
    """A server that forwards requests, and causes a fault in some of them.

    Attributes:
        target: The URL of Table Storage; if empty, every request succeeds and does nothing.
        url: The URL of the proxy.
        faults: What happens to the next requests with a method, or to those that create tables,
            by the method or "table".
        requests: The methods of the requests that it got, or "table".
    """

    target: str
    url: str
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        kind = "table" if request.path.endswith("/Tables") else request.method
        self.requests.append(kind)
        faults = self.faults.get(kind)
        return await (faults.pop(0)(self, request) if faults else self.forward(request))

    async def forward(self, request: web.Request, body: bytes | None = None) -> web.Response:
        if not self.target:
            return web.Response(status=204)
        url = URL(self.target + request.raw_path, encoded=True)
        headers = {k: v for k, v in request.headers.items() if k not in ("Host", "Content-Length")}
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(
                request.method, url, headers=headers, data=body or await request.read() or None
            ) as response,
        ):
            kept = {k: v for k, v in response.headers.items() if k != "Transfer-Encoding"}
            return web.Response(status=response.status, headers=kept, body=await response.read())


@contextlib.contextmanager
def faulty_proxy(target: str = "") -> Iterator[FaultyProxy]:
    """Run a proxy until the block ends."""
    sockets = listen(0)
    server = FaultyProxy(target, f"http://127.0.0.1:{port_of(sockets)}")
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.handle)
    with in_thread(application, (sockets, None)):
        yield server


async def hang_up(server: FaultyProxy, request: web.Request) -> web.StreamResponse:
    """Reset the connection; Table Storage gets no request."""
    assert request.transport
    request.transport.abort()
    return web.Response()


async def lose_response(server: FaultyProxy, request: web.Request) -> web.StreamResponse:
    """Forward the request, and reset the connection before the response."""
    await server.forward(request)
    return await hang_up(server, request)


async def cut_short(server: FaultyProxy, request: web.Request) -> web.StreamResponse:
    """Close the connection in the middle of a success."""
    response = web.StreamResponse(headers={"Content-Length": "500"})
    await response.prepare(request)
    await response.write(b'{"userId":')
    assert request.transport
    request.transport.close()
    return response


def responding(status: int, body: bytes = b"", content_type: str = "application/json") -> Fault:
    """Respond like that; Table Storage gets no request."""

    async def respond(server: FaultyProxy, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": content_type, "Location": "http://127.0.0.1:1/"}
        return web.Response(status=status, body=body, headers=headers)

    return respond


def failing_afterwards(status: int) -> Fault:
    """Forward the request, and respond with an error."""

    async def respond(server: FaultyProxy, request: web.Request) -> web.StreamResponse:
        await server.forward(request)
        return web.Response(status=status)

    return respond
