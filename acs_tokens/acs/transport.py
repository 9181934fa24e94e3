"""The SDK's transport to ACS: one aiohttp request for each request, and nothing besides.

azure-core's own transport also streams and knows all charsets, which takes more than a tenth of
the CPU time of a token.
"""

from types import TracebackType
from typing import Any

import aiohttp
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import HttpRequest

from acs_tokens.acs.responses import AcsResponse
from acs_tokens.http_client import CONNECT_SECONDS, new_session

CONNECT_TIMEOUT = aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS)


class Transport(AsyncHttpTransport[HttpRequest, AcsResponse]):
    """Sends each request once and follows no redirect.

    It waits 2 s for a connection; attempts.py limits how long it waits for the
    response.
    Create it on the event loop that will use it.
    """

    def __init__(self) -> None:
        self._session = new_session()

    async def send(self, request: HttpRequest, **_: Any) -> AcsResponse:
        """Send a request, and read the response.

        Raises:
            aiohttp.ClientError: There was no response, or not all of it.
            ValueError: The response is compressed, or larger than 1 MiB.
        """
        async with self._session.request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.content,
            timeout=CONNECT_TIMEOUT,
            allow_redirects=False,
        ) as response:
            content = await response.read()
            return AcsResponse(
                request, response.status, response.reason, response.headers.copy(), content
            )

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
