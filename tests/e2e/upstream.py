"""A server in the place of ACS that responds as a test says, and counts requests."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from aiohttp import web

from acs_emulator.ports import listen, port_of
from tests.keys import KEY
from tests.raw_http import sign
from tests.serving import in_thread, name_the_request

USER = f"8:acs:{uuid4()}_{uuid4()}"
TOKEN = "e30.e30." + "x" * 64
JSON = "application/json"

CREATE = ("POST", "users/token")
ISSUE = ("POST", f"users/{USER}/token")
REVOKE = ("POST", f"users/{USER}/revoke")
DELETE = ("DELETE", f"users/{USER}")

Responder = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Upstream:
    """A server that responds as a test says.

    Attributes:
        requests: How many requests it got.
        names: Whether its responses name the request, as those of ACS do.
        responder: Makes the response to each request.
    """

    def __init__(self, port: int) -> None:
        self.connection_string = f"endpoint=http://127.0.0.1:{port}/;accesskey={KEY}"
        self.requests = 0
        self.names = True
        self.responder: Responder = responding(500)

    async def name_the_request(self, request: web.Request, response: web.StreamResponse) -> None:
        if self.names:
            await name_the_request(request, response)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        return await self.responder(request)


def responding(
    status: int, body: object = b"", content_type: str = JSON, **headers: str
) -> Responder:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": content_type} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }

    async def responder(request: web.Request) -> web.Response:
        return web.Response(status=status, body=content, headers=sent)

    return responder


def one_after_another(*responders: Responder) -> Responder:
    """Use each responder once, and the last one for all further requests."""
    left = list(responders)

    async def responder(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    return responder


def signed_with(key: str, responder: Responder) -> Responder:
    """Use the responder for requests that are signed with the key; 401 for all others."""

    async def check(request: web.Request) -> web.StreamResponse:
        signed, _, signature = request.headers["Authorization"].partition("&Signature=")
        names = signed.partition("SignedHeaders=")[2]
        sent = {name: request.headers[name] for name in names.split(";")}
        expected = sign(key, request.method, unquote(request.raw_path), sent, names)
        good = expected["Authorization"].endswith(signature)
        return await (responder if good else responding(401, error("Denied")))(request)

    return check


def error(code: str, target: str | None = None) -> dict[str, Any]:
    return {"error": {"code": code, "message": f"about {USER}", "target": target}}


def created(**changed: object) -> dict[str, Any]:
    return {"identity": {"id": USER}, "accessToken": issued(**changed)}


def issued(**changed: object) -> dict[str, Any]:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return {"token": TOKEN, "expiresOn": soon} | changed


async def silence(request: web.Request) -> web.StreamResponse:
    while request.transport and not request.transport.is_closing():  # noqa: ASYNC110 nothing else tells
        await asyncio.sleep(0.01)
    return web.Response()


async def hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return web.Response()


async def cut_short(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(status=201, headers={"Content-Length": "500"})
    await response.prepare(request)
    await response.write(b'{"identity":')
    assert request.transport
    request.transport.close()
    return response


async def endless(request: web.Request) -> web.StreamResponse:
    """Send a response of unknown length, without an end."""
    response = web.StreamResponse(status=201)
    response.enable_chunked_encoding()
    await response.prepare(request)
    assert request.transport
    while not request.transport.is_closing():
        await response.write(b" " * 65_536)
    return response


async def break_a_kept_connection(request: web.Request) -> web.StreamResponse:
    """Respond well, and reset the connection at its next request."""
    assert request.transport
    if request.transport.get_extra_info("socket") in KEPT:
        return await hang_up(request)
    KEPT.append(request.transport.get_extra_info("socket"))
    return web.Response(status=204)


KEPT: list[object] = []


def packed(body: bytes, encoding: str) -> Responder:
    return responding(201, body, Content_Encoding=encoding)


async def to_another(request: web.Request) -> web.StreamResponse:
    """Send the response to another request."""
    response = web.json_response(created(), status=201)
    response.headers["x-ms-client-request-id"] = str(uuid4())
    return response


async def to_two(request: web.Request) -> web.StreamResponse:
    """Send a response that names this request and another one."""
    response = web.json_response(created(), status=201)
    for name in (request.headers["x-ms-client-request-id"], str(uuid4())):
        response.headers.add("x-ms-client-request-id", name)
    return response


async def broken_chunks(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(status=201)
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(b"{")
    assert request.transport
    request.transport.write(b"zz\r\n")
    return response


@contextmanager
def running_upstream() -> Iterator[Upstream]:
    """Run one until the block ends."""
    sockets = listen(0)
    upstream = Upstream(port_of(sockets))
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", upstream.handle)
    application.on_response_prepare.append(upstream.name_the_request)
    with in_thread(application, (sockets, None)):
        yield upstream
