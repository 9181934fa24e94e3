"""What may come between the identity map and Table Storage."""

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

from acs_emulator.ports import listen, port_of
from tests.serving import in_thread

Fault = Callable[["Between", web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Between:
    """A server that passes requests on, and does with some of them what a test wants.

    Attributes:
        target: Whom requests are passed on to; without, all that is asked is said to be done.
        url: Where it is.
        faults: What to do with the next requests of a method, or with those that make tables.
        requests: What it was asked: the methods, or "table".
    """

    target: str
    url: str
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        kind = "table" if request.path.endswith("/Tables") else request.method
        self.requests.append(kind)
        faults = self.faults.get(kind)
        return await (faults.pop(0)(self, request) if faults else self.pass_on(request))

    async def pass_on(self, request: web.Request, body: bytes | None = None) -> web.Response:
        if not self.target:
            return web.Response(status=204)
        url = URL(self.target + request.raw_path, encoded=True)
        headers = {k: v for k, v in request.headers.items() if k not in ("Host", "Content-Length")}
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(
                request.method, url, headers=headers, data=body or await request.read() or None
            ) as answer,
        ):
            kept = {k: v for k, v in answer.headers.items() if k != "Transfer-Encoding"}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())


@contextlib.contextmanager
def between(target: str = "") -> Iterator[Between]:
    sockets = listen(0)
    server = Between(target, f"http://127.0.0.1:{port_of(sockets)}")
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.handle)
    with in_thread(application, (sockets, None)):
        yield server


async def hang_up(server: Between, request: web.Request) -> web.StreamResponse:
    """Break the connection; nothing is done."""
    assert request.transport
    request.transport.abort()
    return web.Response()


async def hang_up_when_done(server: Between, request: web.Request) -> web.StreamResponse:
    """Break the connection when it is done, so that nobody is told."""
    await server.pass_on(request)
    return await hang_up(server, request)


async def cut_short(server: Between, request: web.Request) -> web.StreamResponse:
    """Break the connection in the middle of a success."""
    response = web.StreamResponse(headers={"Content-Length": "500"})
    await response.prepare(request)
    await response.write(b'{"userId":')
    assert request.transport
    request.transport.close()
    return response


def answering(status: int, body: bytes = b"", content_type: str = "application/json") -> Fault:
    """Answer so; nothing is done."""

    async def answer(server: Between, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": content_type, "Location": "http://127.0.0.1:1/"}
        return web.Response(status=status, body=body, headers=headers)

    return answer


def failing_when_done(status: int) -> Fault:
    """Do it and claim that it failed."""

    async def answer(server: Between, request: web.Request) -> web.StreamResponse:
        await server.pass_on(request)
        return web.Response(status=status)

    return answer
