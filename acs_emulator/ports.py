"""Ports of loopback: named on the command line, and taken."""

import argparse
import errno
import socket

Sockets = list[socket.socket]

MAX_PORT = 65_535
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
            listening = socket.create_server((address, port), family=family, backlog=1024)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                for other in sockets:
                    other.close()
                raise PortTakenError(port) from None
            if family != socket.AF_INET6:  # a machine may have no IPv6
                raise
        else:
            # Else what follows a TLS handshake waits 40 ms for the client's acknowledgement:
            # asyncio switches that off only for sockets it has made itself.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sockets.append(listening)
            port = listening.getsockname()[1]
    return sockets


def port_of(sockets: Sockets) -> int:
    """The port that `listen` took."""
    port: int = sockets[0].getsockname()[1]
    return port


def port(text: str) -> int:
    """Read a port from the command line; 0 takes a free one."""
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"must be 0 to {MAX_PORT}")
    return number
