"""HTTP messages as bytes, and the connections between the app and ACS."""

import asyncio
import re
import socket
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

CREATE = re.compile(rb"POST /identities\?")
REQUEST_ID = b"x-ms-client-request-id"
RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, no time to linger: closing sends a reset


@dataclass(frozen=True)
class HttpMessage:
    """A request or a response as it is on the wire: the head with its empty line, and the body."""

    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """Return a header's value, empty when there is none."""
        found = re.search(rb"(?im)^" + name + rb":[ \t]*(.*?)\r$", self.head)
        return found[1] if found else b""

    @property
    def is_create(self) -> bool:
        """Whether it is a request for a new identity."""
        return bool(CREATE.match(self.head))

    def with_header(self, name: bytes, value: bytes) -> "HttpMessage":
        """Return the same message with another value of a header."""
        head = re.sub(rb"(?im)^" + name + rb":.*\r\n", b"", self.head)
        return HttpMessage(head[:-2] + name + b": " + value + b"\r\n\r\n", self.body)


class AcsServer:
    """The ACS on a port of this machine.

    Attributes:
        creates: How many requests for an identity it got, by client request id.
        on_response: Is given every request and its response, also those that the app never gets.
    """

    def __init__(self, port: int) -> None:
        self.creates: Counter[bytes] = Counter()
        self.on_response: Callable[[HttpMessage, HttpMessage], object] = lambda request, response: (
            None
        )
        self._port = port

    async def send(self, request: HttpMessage) -> HttpMessage:
        """Send a request to ACS; return the response."""
        if request.is_create:
            self.creates[request.header(REQUEST_ID)] += 1
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        sent = request.with_header(b"Connection", b"close")
        writer.write(sent.head + sent.body)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        response = HttpMessage(head + b"\r\n\r\n", body)
        self.on_response(request, response)
        return response


@dataclass
class ClientConnection:
    """A connection from the app to the proxy, and the request that came over it."""

    acs: AcsServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    request: HttpMessage = HttpMessage(b"", b"")

    async def forward(self) -> HttpMessage:
        """Send the request to ACS, which carries it out; return its response."""
        return await self.acs.send(self.request)

    async def send(self, response: HttpMessage, *, with_request_id: bool = True) -> None:
        """Send a response to the app; the connection ends with it.

        Args:
            response: What to send.
            with_request_id: Whether to add the client request id, as ACS does.
        """
        if with_request_id and not response.header(REQUEST_ID):
            response = response.with_header(REQUEST_ID, self.request.header(REQUEST_ID))
        response = response.with_header(b"Connection", b"close")
        self.writer.write(response.head + response.body)
        await self.writer.drain()

    def reset(self) -> None:
        """Reset the connection: the app gets no orderly end."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.writer.transport.abort()
