"""What may happen to a connection of the app.

Wherever ACS may have done what was asked, it has: the worst case, because whoever asks for an
identity again has two.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from time import time

from tests.faults.http_link import Link, Message

Act = Callable[[Link], Awaitable[None]]

MEGABYTES = 2_000_000
PAUSE_SECONDS = 0.05  # between bytes: an answer takes 20 s and more
SKEW_SECONDS = 3600


async def hold(link: Link) -> None:
    """Say nothing until the app gives up."""
    await link.reader.read()


async def hang_up(link: Link) -> None:
    """Reset the connection."""
    link.reset()


async def hang_up_on_hello(link: Link) -> None:
    """Reset the connection in the middle of the handshake."""
    await link.reader.read(1)
    link.reset()


async def speak_no_tls(link: Link) -> None:
    """Answer the handshake in plain HTTP."""
    link.writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await link.writer.drain()


async def lose(link: Link) -> None:
    """Do it, and lose the answer."""
    await link.pass_on()
    link.reset()


async def close(link: Link) -> None:
    """Do it, and end the connection in good order without an answer."""
    await link.pass_on()


async def be_silent(link: Link) -> None:
    """Do it, and never say so."""
    await link.pass_on()
    await link.reader.read()


async def drip(link: Link) -> None:
    """Answer a byte at a time."""
    answer = await link.pass_on()
    for byte in answer.head + answer.body:
        link.writer.write(bytes([byte]))
        await link.writer.drain()
        if link.writer.is_closing():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE_SECONDS):
                await link.reader.read()
                return


async def cut_head(link: Link) -> None:
    """Answer half of the headers."""
    answer = await link.pass_on()
    link.writer.write(answer.head[: len(answer.head) // 2])
    await link.writer.drain()


async def cut_body(link: Link) -> None:
    """Answer half of the body."""
    answer = await link.pass_on()
    await link.send(Message(answer.head, answer.body[: len(answer.body) // 2]))


def saying(body: bytes, content_type: bytes = b"application/json") -> Act:
    """Do it, and answer a success with another body."""

    async def act(link: Link) -> None:
        await link.pass_on()
        await link.send(_success(link, body).having(b"Content-Type", content_type))

    return act


async def two_megabytes(link: Link) -> None:
    """Answer well, and go on with blanks, which JSON allows."""
    answer = await link.pass_on()
    await link.send(_success(link, answer.body.ljust(MEGABYTES)))


async def two_megabytes_in_chunks(link: Link) -> None:
    """The same, and do not tell the length beforehand."""
    body = (await link.pass_on()).body.ljust(MEGABYTES)
    head = _success(link, b"").having(b"Transfer-Encoding", b"chunked").head
    parts = (body[at : at + 50_000] for at in range(0, MEGABYTES, 50_000))
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    await link.send(Message(head.replace(b"Content-Length: 0\r\n", b""), chunks + b"0\r\n\r\n"))


def answering(
    status: int, code: str = "Refused", *, done: bool = True, named: bool = True, **headers: str
) -> Act:
    """Answer another status."""

    async def act(link: Link) -> None:
        if done:
            await link.pass_on()
        answer = _message(status, b'{"error": {"code": "%b"}}' % code.encode())
        for name, value in headers.items():
            answer = answer.having(name.replace("_", "-").encode(), value.encode())
        await link.send(answer, named=named)

    return act


async def name_no_request(link: Link) -> None:
    """Answer well, and do not say to whom."""
    answer = await link.pass_on()
    head = answer.head.replace(b"x-ms-client-request-id:", b"x-ms-another:")
    await link.send(Message(head, answer.body), named=False)


def changing(header: bytes, value: Callable[[], bytes]) -> Act:
    """Answer well but for a header."""

    async def act(link: Link) -> None:
        await link.send((await link.pass_on()).having(header, value()))

    return act


def _success(link: Link, body: bytes) -> Message:
    return _message(201 if link.request.is_create else 200, body)


def _message(status: int, body: bytes) -> Message:
    head = f"HTTP/1.1 {status} So\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return Message(head.encode(), body)


def skewed_date() -> bytes:
    """A date of another clock."""
    return formatdate(time() - SKEW_SECONDS, usegmt=True).encode()
