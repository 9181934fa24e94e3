"""An ACS that fails as a test tells it to."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from aiohttp import web

from acs_emulator.ports import listen, port_of
from tests.serving import in_thread, name_the_request

FAILURES: dict[str, tuple[int, str]] = {
    "acs-auth": (401, "Denied"),
    "acs-throttled": (429, "TooManyRequests"),
    "acs-unavailable": (500, "InternalError"),
    "acs-response": (400, "Odd"),
    "identity-not-found": (404, "IdentityNotFound"),
}
"""Problem → status and code with which ACS causes it."""
HANGS = "deadline-exceeded"


class FailingAcs:
    """An ACS resource.

    Attributes:
        mode: The problem that it causes; "" if it responds as it should.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.connection_string = f"endpoint={self.url};accesskey=" + "QUJD" * 16
        self.mode = ""

    async def respond(self, request: web.Request) -> web.Response:
        """Respond to any request."""
        content = await request.read()
        while self.mode == HANGS:  # noqa: ASYNC110 set from another thread
            await asyncio.sleep(0.01)
        if self.mode:
            status, code = FAILURES[self.mode]
            return web.json_response({"error": {"code": code}}, status=status)
        if request.method == "DELETE" or request.path.endswith(":revokeAccessTokens"):
            return web.Response(status=204)
        return web.json_response(
            self._body(request, content),
            status=201 if request.path == "/identities" else 200,
        )

    def _body(self, request: web.Request, content: bytes) -> dict[str, Any]:
        soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        token = {"token": f"e30.e30.{'x' * 40}", "expiresOn": soon}
        if request.path != "/identities":
            return token
        identity = {"identity": {"id": f"8:acs:{uuid4()}_{uuid4()}"}}
        return identity | ({"accessToken": token} if content else {})


@contextlib.contextmanager
def running_failing_acs() -> Iterator[FailingAcs]:
    """Run one until the block ends."""
    sockets = listen(0)
    acs = FailingAcs(port_of(sockets))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", acs.respond)
    app.on_response_prepare.append(name_the_request)
    with in_thread(app, (sockets, None)):
        yield acs
