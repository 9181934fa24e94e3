"""HTTP sessions for requests to ACS, Entra and storage, and client options for Azure SDKs."""

from asyncio import sslproto
from datetime import timedelta
from typing import Any

import aiohttp

from acs_tokens import __version__

CONNECT_SECONDS = 2
KEEP_ALIVE_SECONDS = 60  # aiohttp's 15 s would cost a quiet app a TLS handshake per page load
MAX_CONNECTIONS = 256  # of one session; also how many requests to ACS a process has under way
TLS_BUFFER_BYTES = 32 * 1024  # holds one TLS record of 16 KiB
MAX_RESPONSE_BYTES = 1024 * 1024
USER_AGENT = f"acs-tokens/{__version__}"


def shrink_tls_buffers() -> None:
    """Give every later TLS connection of this process a read buffer of 32 KiB.

    asyncio's own 256 KiB are allocated for each connection: 64 MiB for `MAX_CONNECTIONS`.
    A smaller buffer only means more reads for a large response, and ours have 2 KB.
    """
    sslproto.SSLProtocol.max_size = TLS_BUFFER_BYTES


def new_session() -> aiohttp.ClientSession:
    """Open a session that reads nothing from the environment and keeps no cookies.

    The TLS trust store is loaded once, when aiohttp is imported (about 20 ms), not per request.
    """
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=MAX_CONNECTIONS,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"Accept-Encoding": "identity", "User-Agent": USER_AGENT},
        response_class=_BoundedResponse,
    )
    # aiohttp sends a DELETE again, unseen, when a kept connection breaks. It has no public switch.
    session._retry_connection = False  # noqa: SLF001
    return session


def client_options(
    read_timeout: timedelta, shared: aiohttp.ClientSession | None = None
) -> dict[str, Any]:
    """Return the options for a client of an Azure SDK other than ACS's: our session, no retries.

    Call it on the event loop that will use the client.

    Args:
        read_timeout: How long an open connection may be silent before it counts as broken.
        shared: A session for many clients. Without one the client has its own, and closing the
            client closes it.
    """
    # Imported here: only deployments with an identity store or on-behalf-of need it.
    from azure.core.pipeline.policies import SansIOHTTPPolicy
    from azure.core.pipeline.transport import AioHttpTransport

    return {
        # The SDK's own session reads the environment and .netrc for every request. The timeouts
        # stand here because a client does not apply its own to a transport that it is given.
        "transport": AioHttpTransport(
            session=shared or new_session(),
            session_owner=shared is None,
            connection_timeout=CONNECT_SECONDS,
            read_timeout=read_timeout.total_seconds(),
        ),
        # By default a request is sent up to four times, and any Retry-After is waited for.
        "retry_total": 0,
        "permit_redirects": False,
        "logging_policy": SansIOHTTPPolicy(),
        "http_logging_policy": SansIOHTTPPolicy(),
    }


class _BoundedResponse(aiohttp.ClientResponse):
    """Refuses compressed bodies and bodies over 1 MiB: 400 KB of gzip can expand to 400 MB."""

    async def read(self) -> bytes:
        """Read the body, once.

        Raises:
            ValueError: It is compressed or too large. The connection is closed.
        """
        try:
            if self.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise ValueError("a compressed response")
            return await self._read_bounded()
        except BaseException:
            self.close()
            raise

    async def _read_bounded(self) -> bytes:
        length = self.content_length
        if length is not None and length <= MAX_RESPONSE_BYTES:
            return await self.content.read()
        body = bytearray()
        async for part in self.content.iter_any():
            body += part
            if len(body) > MAX_RESPONSE_BYTES:
                raise ValueError("a response that is too large")
        return bytes(body)
