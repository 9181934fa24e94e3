"""An ACS that does what a test wants: it counts, and fails on demand."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from aiohttp import web
from pydantic import SecretStr

from acs_emulator.ports import listen, port_of
from acs_tokens.settings.acs import AcsSettings
from tests.serving import in_thread, name_the_request

RESOURCE = str(uuid4())
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class Acs:
    """One resource."""

    def __init__(self, port: int) -> None:
        endpoint = f"http://127.0.0.1:{port}"
        self.connection_string = f"endpoint={endpoint};accesskey={KEY}"
        self.connection = AcsSettings(endpoint=endpoint, access_keys=(SecretStr(KEY),))
        self.alive: set[str] = set()
        self.made = 0
        self.keeps = False  # whether it fails to delete
        self.stalls = False  # whether a create waits

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/identities", self.create),
            web.post("/identities/{id}/:issueAccessToken", self.issue),
            web.post("/identities/{id}/:revokeAccessTokens", self.revoke),
            web.delete("/identities/{id}", self.delete),
        ]

    async def create(self, request: web.Request) -> web.Response:
        self.made += 1
        while self.stalls:  # noqa: ASYNC110 set from another thread
            await asyncio.sleep(0.01)
        user_id = f"8:acs:{RESOURCE}_{uuid4()}"
        self.alive.add(user_id)
        answer: dict[str, object] = {"identity": {"id": user_id}}
        if await request.read():
            answer["accessToken"] = _token()
        return web.json_response(answer, status=201)

    async def issue(self, request: web.Request) -> web.Response:
        if request.match_info["id"] not in self.alive:
            return web.json_response({"error": {"code": "IdentityNotFound"}}, status=404)
        return web.json_response(_token())

    async def revoke(self, request: web.Request) -> web.Response:
        return _done(known=request.match_info["id"] in self.alive)

    async def delete(self, request: web.Request) -> web.Response:
        if self.keeps:
            return web.Response(status=429)
        known = request.match_info["id"] in self.alive
        self.alive.discard(request.match_info["id"])
        return _done(known=known)


def _token() -> dict[str, str]:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return {"token": f"e30.e30.{'x' * 40}", "expiresOn": soon}


def _done(*, known: bool) -> web.Response:
    if known:
        return web.Response(status=204)
    return web.json_response({"error": {"code": "IdentityNotFound"}}, status=404)


@contextlib.contextmanager
def running_acs() -> Iterator[Acs]:
    """Serve one."""
    sockets = listen(0)
    acs = Acs(port_of(sockets))
    app = web.Application()
    app.add_routes(acs.routes())
    app.on_response_prepare.append(name_the_request)
    with in_thread(app, (sockets, None)):
        yield acs
