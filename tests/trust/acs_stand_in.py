"""An ACS for tests: it counts, and waits or fails when a test says so."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from aiohttp import web
from pydantic import SecretStr

from acs_emulator.ports import listen, port_of
from acs_tokens.settings.acs import AcsSettings
from tests.keys import KEY
from tests.serving import in_thread, name_the_request

RESOURCE = str(uuid4())


class Acs:
    """An ACS resource.

    Attributes:
        alive: The identities that were created and not deleted.
        created: How many requests for an identity it got.
        revoked: The identities whose tokens were revoked, each as often as they were.
        refuses_deletes: Whether every request to delete an identity gets 429.
        refuses_revocations: Whether every request to revoke tokens gets 429.
        refuses_creates: Whether every request for an identity gets 503, and none is made.
        is_down: Whether every request to revoke or delete gets 503.
        holds_deletes: Whether requests to delete an identity wait for their response.
        held_deletes: How many requests had to wait because of that.
        holds_creates: Whether requests for an identity wait for their response.
        holds_issues: Whether requests for tokens of identities that it did not create wait for their
            response.
        held_issues: How many requests had to wait because of that.
        wrong_responses: Status and error code of the next responses about an identity.
        wrong_responses_to_issue: The same, to requests for a token alone.
        loses_deletes: How many deletions are carried out and get a 500.
        knows_all: Whether it issues tokens for every identity, also those it did not create.
    """

    def __init__(self, port: int) -> None:
        endpoint = f"http://127.0.0.1:{port}"
        self.connection_string = f"endpoint={endpoint};accesskey={KEY}"
        self.connection = AcsSettings(endpoint=endpoint, access_keys=(SecretStr(KEY),))
        self.alive: set[str] = set()
        self.created = 0
        self.revoked: list[str] = []
        self.refuses_deletes = False
        self.refuses_revocations = False
        self.refuses_creates = False
        self.is_down = False
        self.holds_deletes = False
        self.held_deletes = 0
        self.holds_creates = False
        self.holds_issues = False
        self.held_issues = 0
        self.wrong_responses: list[tuple[int, str]] = []
        self.wrong_responses_to_issue: list[tuple[int, str]] = []
        self.loses_deletes = 0
        self.knows_all = False

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/identities", self.create),
            web.post("/identities/{id}/:issueAccessToken", self.issue),
            web.post("/identities/{id}/:revokeAccessTokens", self.revoke),
            web.delete("/identities/{id}", self.delete),
        ]

    async def create(self, request: web.Request) -> web.Response:
        if self.refuses_creates:
            return web.Response(status=503)
        self.created += 1
        while self.holds_creates:  # noqa: ASYNC110 set from another thread
            await asyncio.sleep(0.01)
        user_id = f"8:acs:{RESOURCE}_{uuid4()}"
        self.alive.add(user_id)
        body: dict[str, object] = {"identity": {"id": user_id}}
        if await request.read():
            body["accessToken"] = _token()
        return web.json_response(body, status=201)

    async def issue(self, request: web.Request) -> web.Response:
        is_known = request.match_info["id"] in self.alive
        self.held_issues += self.holds_issues and not is_known
        while self.holds_issues and not is_known:  # noqa: ASYNC110 set from another thread
            await asyncio.sleep(0.01)
        if wrong := self.wrong_responses or self.wrong_responses_to_issue:
            return _error(*wrong.pop(0))
        if not self.knows_all and not is_known:
            return web.json_response({"error": {"code": "IdentityNotFound"}}, status=404)
        return web.json_response(_token())

    async def revoke(self, request: web.Request) -> web.Response:
        if self.is_down:
            return web.Response(status=503)
        if self.refuses_revocations:
            return web.Response(status=429)
        known = request.match_info["id"] in self.alive
        self.revoked += [request.match_info["id"]] if known else []
        return _done(known=known)

    async def delete(self, request: web.Request) -> web.Response:
        if self.is_down:
            return web.Response(status=503)
        self.held_deletes += self.holds_deletes
        while self.holds_deletes:  # noqa: ASYNC110 set from another thread
            await asyncio.sleep(0.01)
        if self.refuses_deletes:
            return web.Response(status=429)
        if self.wrong_responses:
            return _error(*self.wrong_responses.pop(0))
        known = request.match_info["id"] in self.alive
        self.alive.discard(request.match_info["id"])
        if self.loses_deletes:
            self.loses_deletes -= 1
            return web.Response(status=500)
        return _done(known=known)


def _token() -> dict[str, str]:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return {"token": f"e30.e30.{'x' * 40}", "expiresOn": soon}


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code}}, status=status)


def _done(*, known: bool) -> web.Response:
    if known:
        return web.Response(status=204)
    return web.json_response({"error": {"code": "IdentityNotFound"}}, status=404)


@contextlib.contextmanager
def running_acs() -> Iterator[Acs]:
    """Run one until the block ends."""
    sockets = listen(0)
    acs = Acs(port_of(sockets))
    app = web.Application()
    app.add_routes(acs.routes())
    app.on_response_prepare.append(name_the_request)
    with in_thread(app, (sockets, None)):
        yield acs
