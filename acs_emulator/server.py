"""Serve aiohttp applications on loopback, and nowhere else."""

import argparse
import asyncio
import errno
import logging
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web_protocol import RequestPayloadError

Sockets = list[socket.socket]
Listener = tuple[Sockets, ssl.SSLContext | None]
"""Where to serve, with TLS or without."""

MAX_PORT = 65_535
MAX_HEADER = 32 * 1024  # Kestrel's; Entra's tokens may be larger than aiohttp's 8 KiB
ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


class PortTakenError(Exception):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is taken.")
        self.port = port


def listen(port: int) -> Sockets:
    """Listen on a port of 127.0.0.1 and, where there is one, ::1. Port 0 takes a free one.

    Raises:
        PortTakenError: Another program has it.
    """
    sockets: Sockets = []
    for family, address in ADDRESSES:
        try:
            sockets.append(socket.create_server((address, port), family=family, backlog=1024))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                for other in sockets:
                    other.close()
                raise PortTakenError(port) from None
            if family != socket.AF_INET6:  # a machine may have no IPv6
                raise
        else:
            port = sockets[-1].getsockname()[1]
    return sockets


def port_of(sockets: Sockets) -> int:
    """The port that `listen` took."""
    port: int = sockets[0].getsockname()[1]
    return port


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


def port(text: str) -> int:
    """Read a port from the command line; 0 takes a free one."""
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"must be 0 to {MAX_PORT}")
    return number


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
