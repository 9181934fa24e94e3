"""What the proxy does with a connection of the app when a fault happens.

Wherever ACS may have carried out the request, it has. That is the worst case: an app that sends
the request for an identity again has two identities.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from time import time

from tests.faults.http_link import ClientConnection, HttpMessage

Action = Callable[[ClientConnection], Awaitable[None]]

MEGABYTES = 2_000_000
BYTE_PAUSE_SECONDS = 0.05  # a response takes 20 s and more
SKEW_SECONDS = 3600


async def never_greet(connection: ClientConnection) -> None:
    """Do not begin TLS, until the app gives up."""
    await connection.reader.read()


async def hang_up(connection: ClientConnection) -> None:
    """Reset the connection."""
    connection.reset()


async def hang_up_in_handshake(connection: ClientConnection) -> None:
    """Reset the connection in the middle of the handshake."""
    await connection.reader.read(1)
    connection.reset()


async def speak_plain_http(connection: ClientConnection) -> None:
    """Respond to the handshake in plain HTTP."""
    connection.writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await connection.writer.drain()


async def lose_response(connection: ClientConnection) -> None:
    """Let ACS carry out the request, and reset the connection before the response."""
    await connection.forward()
    connection.reset()


async def close_without_response(connection: ClientConnection) -> None:
    """Let ACS carry out the request, and close the connection in good order without a response."""
    await connection.forward()


async def never_respond(connection: ClientConnection) -> None:
    """Let ACS carry out the request, and send nothing until the app gives up."""
    await connection.forward()
    await connection.reader.read()


async def send_byte_by_byte(connection: ClientConnection) -> None:
    """Send the response a byte at a time."""
    response = await connection.forward()
    for byte in response.head + response.body:
        connection.writer.write(bytes([byte]))
        await connection.writer.drain()
        if connection.writer.is_closing():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BYTE_PAUSE_SECONDS):
                await connection.reader.read()
                return


async def cut_head_short(connection: ClientConnection) -> None:
    """Send half of the response's headers."""
    response = await connection.forward()
    connection.writer.write(response.head[: len(response.head) // 2])
    await connection.writer.drain()


async def cut_body_short(connection: ClientConnection) -> None:
    """Send half of the response's body."""
    response = await connection.forward()
    await connection.send(HttpMessage(response.head, response.body[: len(response.body) // 2]))


def success_with_body(body: bytes, content_type: bytes = b"application/json") -> Action:
    """Let ACS carry out the request, and send a success with another body."""

    async def action(connection: ClientConnection) -> None:
        await connection.forward()
        await connection.send(_success(connection, body).with_header(b"Content-Type", content_type))

    return action


async def two_megabytes(connection: ClientConnection) -> None:
    """Send the good response, followed by blanks, which JSON allows."""
    response = await connection.forward()
    await connection.send(_success(connection, response.body.ljust(MEGABYTES)))


async def two_megabytes_in_chunks(connection: ClientConnection) -> None:
    """Send the same in chunks: the length is not known beforehand."""
    body = (await connection.forward()).body.ljust(MEGABYTES)
    head = _success(connection, b"").with_header(b"Transfer-Encoding", b"chunked").head
    parts = (body[at : at + 50_000] for at in range(0, MEGABYTES, 50_000))
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    await connection.send(
        HttpMessage(head.replace(b"Content-Length: 0\r\n", b""), chunks + b"0\r\n\r\n")
    )


def response_with_status(
    status: int,
    code: str = "Refused",
    *,
    carried_out: bool = True,
    with_request_id: bool = True,
    **headers: str,
) -> Action:
    """Respond with an error of ACS.

    Args:
        code: The error's code.
        carried_out: Whether ACS has carried out the request all the same.
        with_request_id: Whether the response names the request.
        headers: More headers, with an underscore for each hyphen.
    """

    async def action(connection: ClientConnection) -> None:
        if carried_out:
            await connection.forward()
        response = _message(status, b'{"error": {"code": "%b"}}' % code.encode())
        for name, value in headers.items():
            response = response.with_header(name.replace("_", "-").encode(), value.encode())
        await connection.send(response, with_request_id=with_request_id)

    return action


async def leave_out_the_request_id(connection: ClientConnection) -> None:
    """Send the good response without the request id that ACS sends back."""
    response = await connection.forward()
    head = response.head.replace(b"x-ms-client-request-id:", b"x-ms-another:")
    await connection.send(HttpMessage(head, response.body), with_request_id=False)


def response_with_header(header: bytes, value: Callable[[], bytes]) -> Action:
    """Send the good response with another value of a header."""

    async def action(connection: ClientConnection) -> None:
        await connection.send((await connection.forward()).with_header(header, value()))

    return action


def _success(connection: ClientConnection, body: bytes) -> HttpMessage:
    return _message(201 if connection.request.is_create else 200, body)


def _message(status: int, body: bytes) -> HttpMessage:
    head = f"HTTP/1.1 {status} So\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return HttpMessage(head.encode(), body)


def skewed_date() -> bytes:
    """The date that a clock shows which is an hour behind."""
    return formatdate(time() - SKEW_SECONDS, usegmt=True).encode()
