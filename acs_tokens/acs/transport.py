"""The way to ACS: what its SDK needs of a transport and of an answer, and no more.

azure.core's own also streams and knows all charsets, for more than a tenth of a token's CPU time.
"""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import aiohttp
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import HttpRequest
from multidict import CIMultiDictProxy

from acs_tokens.http_client import CONNECT_SECONDS, new_session

MAX_ERROR_BYTES = 4096
TIMEOUT = aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS)


@dataclass(frozen=True)
class AcsResponse:
    """An answer, read to its end."""

    status_code: int
    reason: str | None
    headers: CIMultiDictProxy[str]
    content: bytes = field(repr=False)

    def text(self) -> str:
        """The body, if it may be an error of ACS; for the SDK, which takes those apart."""
        # It takes half a minute for 200 KB that are nested, and all other requests wait.
        return self.content.decode(errors="replace") if len(self.content) <= MAX_ERROR_BYTES else ""


class Transport(AsyncHttpTransport[HttpRequest, AcsResponse]):
    """Sends each request once, and follows no redirect.

    It waits 2 s for a connection, and for an answer as long as its caller does.

    Create it on the event loop that will use it.
    """

    def __init__(self) -> None:
        self._session = new_session()

    async def send(self, request: HttpRequest, **_: Any) -> AcsResponse:
        """Send a request, and read the answer.

        Raises:
            aiohttp.ClientError: There was none, or not all of it.
            ValueError: It is packed, or too large.
        """
        async with self._session.request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.content,
            timeout=TIMEOUT,
            allow_redirects=False,
            skip_auto_headers=("Content-Type",),  # the SDK says what it sends
        ) as answer:
            return AcsResponse(answer.status, answer.reason, answer.headers, await answer.read())

    async def open(self) -> None:
        """Do nothing: the session is open."""

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()
