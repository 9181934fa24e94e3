"""HTTP to ACS: a session of our own, nothing sent twice, nothing large or packed taken."""

import ssl

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

CONNECT_SECONDS = 2
READ_SECONDS = 60  # a last resort: the deadline of the request is shorter
KEEP_ALIVE_SECONDS = 60  # aiohttp's 15 s would cost a quiet app a TLS handshake per page load
MAX_ANSWER_BYTES = 64 * 1024  # the largest sensible answer holds one token


def new_session(connections: int) -> aiohttp.ClientSession:
    """Open a session that reads nothing from the environment and keeps no cookies.

    Call it on the event loop that will use it.

    Args:
        connections: How many there may be at once; each TLS connection takes 256 KiB.
    """
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=connections,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            ssl=ssl.create_default_context(),
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"Accept-Encoding": "identity"},
        middlewares=(_refuse_strange_bodies,),
    )
    # aiohttp sends a DELETE again when a kept connection breaks, unseen by anybody; there is no
    # public switch.
    session._retry_connection = False  # noqa: SLF001
    return session


async def _refuse_strange_bodies(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
    """Refuse what was not asked for before it is read: 400 KB of gzip can hold 400 MB."""
    answer = await send(request)
    packed = answer.headers.get("Content-Encoding", "identity").lower() != "identity"
    if packed or (answer.content_length or 0) > MAX_ANSWER_BYTES:
        answer.close()
        raise ValueError("an answer that is packed or too large")
    return answer
