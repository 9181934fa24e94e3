"""The latest requests to ACS, for tests and for people who look for a mistake."""

from collections import deque
from typing import Any

from aiohttp import web

MAX_REQUESTS = 10_000


class RequestLog:
    """The latest requests to the operations of ACS, oldest first. It holds no secrets.

    Attributes:
        count: How many there were in all, also those that are no longer listed.
    """

    def __init__(self) -> None:
        self.entries: deque[dict[str, Any]] = deque(maxlen=MAX_REQUESTS)
        self.count = 0

    def add(self, request: web.Request, status: int) -> None:
        """Add a request with the status of its response."""
        self.count += 1
        self.entries.append(
            {
                "method": request.method,
                "path": request.path,
                "apiVersion": request.query.get("api-version"),
                "requestId": request.headers.get("x-ms-client-request-id"),
                "status": status,
            }
        )

    def clear(self) -> None:
        """Forget all requests."""
        self.entries.clear()
        self.count = 0
