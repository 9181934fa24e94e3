"""Opens loopback ports, and parses port numbers of the command line."""

import argparse
import contextlib
import errno
import os
import socket

Sockets = list[socket.socket]

MAX_PORT = 65_535
BACKLOG = 1024  # connections that wait until the server accepts them; aiohttp's 128 are too few
FREE_PORT_ATTEMPTS = 20
ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


class PortError(Exception):
    """The system does not let this program listen on a port. The message says why."""


def listen(port: int) -> Sockets:
    """Listen on a port of 127.0.0.1, and of ::1 if the machine has IPv6.

    Args:
        port: 0 chooses a port that is free on both.

    Raises:
        PortError: Another program listens on the port, or this one may not.
    """
    for _ in range(FREE_PORT_ATTEMPTS if port == 0 else 0):
        # The system chooses by 127.0.0.1 alone: the port may be taken on ::1.
        with contextlib.suppress(PortError):
            return _listen(port)
    return _listen(port)


def _listen(port: int) -> Sockets:
    sockets: Sockets = []
    for family, address in ADDRESSES:
        try:
            listening = socket.create_server((address, port), family=family, backlog=BACKLOG)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                for other in sockets:
                    other.close()
                raise PortError(f"Port {port} is taken.") from None
            if family != socket.AF_INET6:  # a machine may have no IPv6
                reason = os.strerror(error.errno or 0)
                raise PortError(f"Port {port} cannot be opened: {reason}.") from None
        else:
            # Without this, the first response after a TLS handshake waits 40 ms for the client's
            # acknowledgement. asyncio sets it only on sockets that asyncio has created.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sockets.append(listening)
            port = listening.getsockname()[1]
    return sockets


def port_of(sockets: Sockets) -> int:
    """Return the port of sockets that `listen` opened."""
    port: int = sockets[0].getsockname()[1]
    return port


def parse_port(text: str) -> int:
    """Parse a port of the command line: 0 to 65535, where 0 means a free port.

    Raises:
        ArgumentTypeError: The text is not such a number.
    """
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"must be 0 to {MAX_PORT}")
    return number
