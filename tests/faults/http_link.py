"""HTTP as it is on the wire, between the app and ACS."""

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
class Message:
    """A request or an answer as it is on the wire: the head with its empty line, and the body."""

    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        """A header's value, empty when there is none."""
        found = re.search(rb"(?im)^" + name + rb":[ \t]*(.*?)\r$", self.head)
        return found[1] if found else b""

    @property
    def is_create(self) -> bool:
        """Whether it asks for a new identity."""
        return bool(CREATE.match(self.head))

    def having(self, name: bytes, value: bytes) -> "Message":
        """The same with another value of a header."""
        head = re.sub(rb"(?im)^" + name + rb":.*\r\n", b"", self.head)
        return Message(head[:-2] + name + b": " + value + b"\r\n\r\n", self.body)


class Acs:
    """ACS, on a port of this machine.

    Attributes:
        creates: How often it was asked for an identity, by client request id.
        answered: Is told what was asked and answered, whoever gets to see it.
    """

    def __init__(self, port: int) -> None:
        self.creates: Counter[bytes] = Counter()
        self.answered: Callable[[Message, Message], object] = lambda request, answer: None
        self._port = port

    async def ask(self, request: Message) -> Message:
        """Pass a request on; return the answer."""
        if request.is_create:
            self.creates[request.header(REQUEST_ID)] += 1
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        asked = request.having(b"Connection", b"close")
        writer.write(asked.head + asked.body)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        answer = Message(head + b"\r\n\r\n", body)
        self.answered(request, answer)
        return answer


@dataclass
class Link:
    """A connection of the app, and what it has asked."""

    acs: Acs
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    request: Message = Message(b"", b"")

    async def pass_on(self) -> Message:
        """Let ACS do what was asked; return its answer."""
        return await self.acs.ask(self.request)

    async def send(self, answer: Message, *, named: bool = True) -> None:
        """Answer, as a rule saying to which request; the connection ends with it."""
        if named and not answer.header(REQUEST_ID):
            answer = answer.having(REQUEST_ID, self.request.header(REQUEST_ID))
        answer = answer.having(b"Connection", b"close")
        self.writer.write(answer.head + answer.body)
        await self.writer.drain()

    def reset(self) -> None:
        """End the connection at once, without a good-bye."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.writer.transport.abort()
