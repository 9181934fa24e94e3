"""A response of ACS, as the SDK's abstract class wants it."""

import json
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest
from multidict import CIMultiDict

MAX_ERROR_BYTES = 4096


class AcsResponse(AsyncHttpResponse):
    """A response that was read to its end.

    Args:
        request: The SDK's request.
        status_code: The HTTP status.
        reason: The text after the status.
        headers: All headers.
        content: The body, not compressed.
    """

    # Slots, because a slot takes the place of an abstract property and an instance attribute
    # does not.
    __slots__ = ("content", "encoding", "headers", "reason", "request", "status_code")

    request: HttpRequest
    status_code: int
    reason: str
    headers: CIMultiDict[str]
    content: bytes
    encoding: str | None

    def __init__(
        self,
        request: HttpRequest,
        status_code: int,
        reason: str | None,
        headers: CIMultiDict[str],
        content: bytes,
    ) -> None:
        self.request = request
        self.status_code = status_code
        self.reason = reason or ""
        self.headers = headers
        self.content = content
        self.encoding = "utf-8"

    @property
    def content_type(self) -> str | None:
        return self.headers.get("Content-Type")

    @property
    def url(self) -> str:
        return self.request.url

    @property
    def is_closed(self) -> bool:
        return True

    @property
    def is_stream_consumed(self) -> bool:
        return True

    def text(self, encoding: str | None = None) -> str:
        """Return the body as text, or "" above 4 KiB.

        The SDK parses the text of error responses. 200 KB of nested JSON would block the process
        for half a minute.
        """
        if len(self.content) > MAX_ERROR_BYTES:
            return ""
        return self.content.decode(encoding or self.encoding or "utf-8", errors="replace")

    def json(self) -> Any:
        return json.loads(self.text())

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise HttpResponseError(response=self)

    async def read(self) -> bytes:
        return self.content

    async def iter_raw(self, **_: Any) -> AsyncIterator[bytes]:
        yield self.content

    async def iter_bytes(self, **_: Any) -> AsyncIterator[bytes]:
        yield self.content

    async def close(self) -> None:
        """Do nothing: the connection is back in its pool."""

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()
