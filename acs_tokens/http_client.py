"""The HTTP sessions that other services are spoken to in: nothing sent twice, logged or traced."""

import logging
from datetime import timedelta
from typing import Any

import aiohttp
from aiohttp import ClientResponse
from azure.core.settings import settings as azure_settings

from acs_tokens import __version__

CONNECT_SECONDS = 2
KEEP_ALIVE_SECONDS = 60  # aiohttp's 15 s would cost a quiet app a TLS handshake per page load
MAX_CONNECTIONS = 64  # also bounds memory: 256 KiB for each TLS connection
USER_AGENT = f"acs-tokens/{__version__}"
MAX_ANSWER_BYTES = 1024 * 1024

# The Functions worker sets the root logger to INFO or DEBUG, where these log URLs with user ids
# and, from Entra, user names.
for name in ("azure.core", "azure.communication", "azure.data", "azure.identity", "msal"):
    logging.getLogger(name).setLevel(logging.CRITICAL)
# Nor may OpenTelemetry record the URLs, where it is switched on; we pass the trace on ourselves.
azure_settings.tracing_enabled = False


def new_session() -> aiohttp.ClientSession:
    """Open a session that reads nothing from the environment and keeps no cookies.

    What it trusts, aiohttp read when it was imported: 20 ms that no request waits for.
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
    # aiohttp sends a DELETE again when a kept connection breaks, unseen by anybody; there is no
    # public switch.
    session._retry_connection = False  # noqa: SLF001
    return session


def client_options(
    read_timeout: timedelta, shared: aiohttp.ClientSession | None = None
) -> dict[str, Any]:
    """The options to build an SDK's client with, on the event loop that will use it.

    Args:
        read_timeout: How long an open connection may be silent before it counts as broken.
        shared: A session for many clients. Without one the client has its own, and closing the
            one closes the other.
    """
    # Imported here: only deployments with an identity store or on-behalf-of need it.
    from azure.core.pipeline.policies import SansIOHTTPPolicy
    from azure.core.pipeline.transport import AioHttpTransport

    return {
        # Our own session: the SDK's scans the environment and .netrc for every request. Here, not
        # at the client, the timeouts count: a client leaves a transport it is given as it is.
        "transport": AioHttpTransport(
            session=shared or new_session(),
            session_owner=shared is None,
            connection_timeout=CONNECT_SECONDS,
            read_timeout=read_timeout.total_seconds(),
        ),
        # By default a request is sent up to four times, and Retry-After is slept however long.
        "retry_total": 0,
        "permit_redirects": False,
        "logging_policy": SansIOHTTPPolicy(),
        "http_logging_policy": SansIOHTTPPolicy(),
    }


class _BoundedResponse(ClientResponse):
    """An answer whose body is refused when it was not asked for: 400 KB of gzip can hold 400 MB."""

    async def read(self) -> bytes:
        if self._body is None:
            try:
                self._body = await self._read_bounded()
            except BaseException:
                self.close()
                raise
        return await super().read()

    async def _read_bounded(self) -> bytes:
        length = self.content_length
        if self.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise ValueError("an answer that is packed")
        if length is not None and length <= MAX_ANSWER_BYTES:
            return await self.content.read()
        body = bytearray()
        async for part in self.content.iter_any():
            body += part
            if len(body) > MAX_ANSWER_BYTES:
                raise ValueError("an answer that is too large")
        return bytes(body)
