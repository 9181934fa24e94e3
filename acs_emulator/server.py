"""Serve aiohttp applications on loopback, and nowhere else."""

import asyncio
import logging
import signal
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web_protocol import RequestPayloadError

from acs_emulator.ports import Sockets

Listener = tuple[Sockets, ssl.SSLContext | None]
"""Where to serve, with TLS or without."""

MAX_HEADER = 32 * 1024  # Kestrel's; Entra's tokens may be larger than aiohttp's 8 KiB


class _NoRequestText(logging.Filter):
    """Keeps out of the log what aiohttp makes of bytes that are no HTTP: it quotes them."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        return kind is None or not issubclass(kind, BadHttpMessage | RequestPayloadError)


logging.getLogger("aiohttp.server").addFilter(_NoRequestText())


@web.middleware
async def refuse_broken_bodies(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer 400 when a body cannot be read: packed wrongly, or cut."""
    try:
        return await handler(request)
    except (RequestPayloadError, BadHttpMessage):
        return web.Response(status=400)


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
                await web.SockSite(runner, listening, ssl_context=tls).start()
        yield
    finally:
        await runner.cleanup()


def interruption() -> asyncio.Event:
    """Return what Ctrl-C and SIGTERM set from now on."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
