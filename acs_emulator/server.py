"""The HTTP server: serves aiohttp applications on loopback only, and reads JSON bodies."""

import asyncio
import logging
import signal
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.http import HttpProcessingError

from acs_emulator.ports import BACKLOG, Sockets

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

Listener = tuple[Sockets, ssl.SSLContext | None]
"""Where to serve: the sockets, and the TLS context or None for plain HTTP."""

# What aiohttp raises for a request that is no HTTP. The second one is in practice always
# BadHttpMessage, which has no public name: this is its public base class.
_MALFORMED = (web.RequestPayloadError, HttpProcessingError)

# What reading a body raises. OSError: the client has closed the connection.
UNREADABLE = (*_MALFORMED, OSError)

MAX_HEADER = 32 * 1024  # as Kestrel; Entra's tokens may be larger than aiohttp's 8 KiB


class _NoRequestText(logging.Filter):
    """Drops log records about malformed requests: aiohttp quotes the request in them."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        return kind is None or not issubclass(kind, _MALFORMED)


logging.getLogger("aiohttp.server").addFilter(_NoRequestText())


@web.middleware
async def refuse_unreadable_bodies(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Respond with 400 if the body cannot be decompressed or ends too early.

    No handler opens files or connections, so an OSError comes from the client's connection.
    """
    try:
        return await handler(request)
    except UNREADABLE:
        return web.Response(status=400)


async def read_json(request: web.Request) -> dict[str, Any]:
    """Return the fields of a JSON body; no fields if there is no body.

    Raises:
        HTTPBadRequest: The body is not a JSON object.
    """
    if not await request.read():
        return {}
    try:
        fields = await request.json()
    except (LookupError, RecursionError, ValueError):  # LookupError: an unknown charset
        fields = None
    if not isinstance(fields, dict):
        raise bad_request("The body must be a JSON object.")
    return fields


def bad_request(message: str) -> web.HTTPBadRequest:
    """Return the 400 response of routes that have no error format of their own."""
    return web.HTTPBadRequest(text=f"{message}\n")


@asynccontextmanager
async def serving(app: web.Application, *listeners: Listener) -> AsyncIterator[None]:
    """Serve an application until the block ends."""
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=1,
        max_field_size=MAX_HEADER,
        max_line_size=MAX_HEADER,
    )
    await runner.setup()
    try:
        for sockets, tls in listeners:
            for listening in sockets:
                site = web.SockSite(runner, listening, ssl_context=tls, backlog=BACKLOG)
                await site.start()
        yield
    finally:
        await runner.cleanup()


def stop_event() -> asyncio.Event:
    """Return an event that Ctrl-C and SIGTERM set from now on. Call it on the main thread."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def handle(*_: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)  # not the loop's own method, which Windows does not have
    return stop
