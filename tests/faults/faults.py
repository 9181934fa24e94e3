"""What may break between the app and ACS, and what the app makes of it.

Wherever ACS may have done what was asked, it has: the worst case, because whoever asks for an
identity again has two.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import partial
from time import time
from typing import Any

from tests.faults.proxy import Fault, Link, Message, Stage

Does = Callable[[Link], Awaitable[None]]

UNAVAILABLE = frozenset({"acs-unavailable"})
LATE = frozenset({"deadline-exceeded"})
NO_SENSE = frozenset({"acs-answer"})
REFUSED = frozenset({"acs-auth"})
THROTTLED = frozenset({"acs-throttled"})

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


def saying(body: bytes, content_type: bytes = b"application/json") -> Does:
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


def answering(status: int, code: str = "Refused", *, done: bool = True, **headers: str) -> Does:
    """Answer another status."""

    async def act(link: Link) -> None:
        if done:
            await link.pass_on()
        answer = _message(status, b'{"error": {"code": "%b"}}' % code.encode())
        for name, value in headers.items():
            answer = answer.having(name.replace("_", "-").encode(), value.encode())
        await link.send(answer)

    return act


def changing(header: bytes, value: Callable[[], bytes]) -> Does:
    """Answer well but for a header."""

    async def act(link: Link) -> None:
        await link.send((await link.pass_on()).having(header, value()))

    return act


def _success(link: Link, body: bytes) -> Message:
    return _message(201 if link.is_create else 200, body)


def _message(status: int, body: bytes) -> Message:
    head = f"HTTP/1.1 {status} So\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return Message(head.encode(), body)


def _skewed() -> bytes:
    return formatdate(time() - SKEW_SECONDS, usegmt=True).encode()


_broken = partial(Fault, passing=True, slugs=UNAVAILABLE)


def _asked(name: str, does: Does, slugs: frozenset[str], **more: Any) -> Fault:
    return Fault(name, Stage.ASKED, does, slugs=slugs, **more)


def _retry_after(value: str, *, fits: bool, sane: bool) -> list[Fault]:
    """429 and 503 with that header: obeyed if it makes sense, and waited for if there is time."""
    headers: dict[str, str] = {"Retry_After": value}
    return [
        _asked(f"429, Retry-After: {value}", answering(429, done=False, **headers), THROTTLED, unprocessed=fits, passing=fits, retry_after=True),
        _asked(f"503, Retry-After: {value}", answering(503, done=not sane, **headers), UNAVAILABLE, unprocessed=fits and sane, passing=fits, retry_after=sane),
    ]  # fmt: skip


def _bad_certificate(name: str) -> Fault:
    return Fault(
        f"certificate {name}", Stage.CONNECTED, None, name, unprocessed=True, passing=True, slugs=UNAVAILABLE
    )  # fmt: skip


# Nobody listens for as long as the fault lasts: that it is over after one time cannot be told.
NOBODY_LISTENS = _broken("refused", Stage.PORT, None, unprocessed=True)


def faults(elsewhere: str) -> list[Fault]:
    """Every fault.

    Args:
        elsewhere: Where redirects lead: a server that must never be asked.
    """
    return [
        NOBODY_LISTENS,
        Fault("TLS hangs", Stage.CONNECTED, hold, unprocessed=True, passing=True, slugs=UNAVAILABLE | LATE),
        _broken("reset in the handshake", Stage.CONNECTED, hang_up_on_hello, unprocessed=True),
        _broken("no TLS", Stage.CONNECTED, speak_no_tls, unprocessed=True),
        _bad_certificate("of another authority"),
        _bad_certificate("for another name"),
        _bad_certificate("expired"),
        _broken("reset after the handshake", Stage.GREETED, hang_up),
        _broken("reset after the request", Stage.ASKED, lose),
        _broken("closed after the request", Stage.ASKED, close),
        _broken("kept connection breaks", Stage.ASKED, lose, reused=True),
        _asked("silence", be_silent, LATE, passing=True),
        _asked("a byte at a time", drip, LATE, passing=True),
        _broken("head cut short", Stage.ASKED, cut_head),
        _broken("body cut short", Stage.ASKED, cut_body, bodies=True),
        _asked("broken JSON", saying(b'{"identity": {"id":'), NO_SENSE),
        _asked("{}", saying(b"{}"), NO_SENSE),
        _asked("null", saying(b"null"), NO_SENSE),
        _asked("HTML", saying(b"<html>so</html>", b"text/html"), NO_SENSE),
        _asked("2 MB declared", two_megabytes, NO_SENSE),
        _asked("2 MB in chunks", two_megabytes_in_chunks, NO_SENSE),
        *(_asked(f"{status} elsewhere", answering(status, Location=elsewhere), NO_SENSE) for status in (301, 302, 303, 307, 308)),
        _asked("401", answering(401, "Denied"), REFUSED),
        _asked("401 and another Date", answering(401, "Denied", Date=_skewed().decode()), REFUSED),
        _asked("403", answering(403, "Forbidden"), REFUSED),
        _asked("409", answering(409), NO_SENSE),
        *(_broken(str(status), Stage.ASKED, answering(status)) for status in (408, 500, 502, 503, 504)),
        _asked("429", answering(429, done=False), THROTTLED, unprocessed=True, passing=True, retry_after=True),
        *_retry_after("1", fits=True, sane=True),
        *_retry_after("86400", fits=False, sane=True),
        *(fault for value in ("-1", "inf", "nan", "soon", "1e1", "Wed, 21 Oct 2015 07:28:00 GMT") for fault in _retry_after(value, fits=True, sane=False)),
        Fault("another Date", Stage.ASKED, changing(b"Date", _skewed)),
        _asked("another content type", changing(b"Content-Type", lambda: b"text/html"), NO_SENSE, bodies=True),
        _asked("answer to another request", changing(b"x-ms-client-request-id", lambda: b"another"), NO_SENSE),
    ]  # fmt: skip
