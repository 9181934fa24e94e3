"""Round trips to the identity store that a page load costs. They are counted, not timed.

A round trip is a request, or several that are under way at the same time. The store is Azurite's
Table Storage. Between it and the service, a proxy counts. ACS and Entra are the emulator's.
"""

import asyncio
import contextlib
import secrets
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from acs_emulator.entra.users import USERS
from acs_emulator.ports import listen, port_of
from benchmarks.peers import OURS
from benchmarks.run import Run
from tests.entra_stand_in import CLIENT_ID
from tests.identities.stores import connection_string, running_azurite
from tests.javascript import FOLDER
from tests.raw_http import call
from tests.serving import Emulator, in_thread, running_emulator
from tests.trust.test_teams import bearer

FORGOTTEN_SECONDS = 8  # the service keeps what it has looked up for 7 s
HOLD_SECONDS = 0.1  # what the service sends at the same time is under way together for so long
NOT_FORWARDED = ("Host", "Content-Length", "Transfer-Encoding", "Content-Encoding")

NEW, AGAIN, KNOWN, KNOWN_INVITED, USER, INVITED, NEXT_INVITED = (
    "a new guest",
    "a known guest, just looked up",
    "a known guest",
    "a known guest who was invited",
    "a signed-in user",
    "an invitation's first guest",
    "its next guest",
)
ROUND_TRIPS = "round trips to the identity store, {}"
REQUESTS = "requests to the identity store, {}"


@dataclass
class Counter:
    """A proxy that counts what it forwards.

    Attributes:
        target: The URL of Table Storage.
        requests: How many requests it has had.
        round_trips: How many of them came while none was under way.
    """

    target: str
    requests: int = 0
    round_trips: int = 0
    _under_way: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        """Forward a request."""
        self.requests += 1
        self.round_trips += not self._under_way
        self._under_way += 1
        try:
            await asyncio.sleep(HOLD_SECONDS)
            return await self._forward(request)
        finally:
            self._under_way -= 1

    async def _forward(self, request: web.Request) -> web.Response:
        url = URL(self.target + request.raw_path, encoded=True)
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method,
                url,
                headers=_kept(request.headers),
                data=await request.read() or None,
            ) as response,
        ):
            body, headers = await response.read(), _kept(response.headers)
            return web.Response(status=response.status, headers=headers, body=body)


def _kept(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in NOT_FORWARDED}


def measure(run: Run) -> None:
    """Count for each kind of page load, in a process that is warm."""
    if OURS not in {peer.key for peer in run.peers}:
        return
    if not (FOLDER / "node_modules" / ".installed").is_file():
        run.say("The identity store is not measured: no Node.js with npm")
        return
    run.say("round trips to the identity store")
    key = b64encode(secrets.token_bytes(32)).decode()
    with (
        running_emulator(run.folder, key) as emulator,
        _counted() as (counter, url),
        _serving(run, emulator, url) as address,
    ):
        for kind, load in _page_loads(address, bearer(emulator, "alice")):
            before = counter.round_trips, counter.requests
            load()
            run.results.add(ROUND_TRIPS.format(kind), OURS, counter.round_trips - before[0])
            run.results.add(REQUESTS.format(kind), OURS, counter.requests - before[1])


@contextlib.contextmanager
def _counted() -> Iterator[tuple[Counter, str]]:
    """Run a store until the block ends; yields what counts, and its URL."""
    with running_azurite() as port:
        sockets = listen(0)
        counter = Counter(f"http://127.0.0.1:{port}")
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", counter.handle)
        with in_thread(application, (sockets, None)):
            yield counter, f"http://127.0.0.1:{port_of(sockets)}"


@contextlib.contextmanager
def _serving(run: Run, emulator: Emulator, store: str) -> Iterator[str]:
    (peer,) = (each for each in run.peers if each.key == OURS)
    variables = {
        "ACS_CONNECTION_STRING": emulator.connection_string,
        "ENTRA_AUTHORITY": emulator.tls_url,
        "ENTRA_CLIENT_ID": CLIENT_ID,
        "ENTRA_TENANT_IDS": ",".join({user.tenant.id for user in USERS}),
        "GUEST_HANDLE_KEYS": f"bench:{b64encode(secrets.token_bytes(32)).decode()}",
        "GUESTS": "on",
        "IDENTITY_TABLE_CONNECTION_STRING": connection_string(store),
    }
    server = run.start(peer, variables=variables)
    try:
        server.wait_for_token()
        yield f"http://localhost:{server.port}/api/"
    finally:
        server.stop()


def _page_loads(address: str, bearer: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield page loads of each kind, to be made in this order; between them nothing is sent."""

    def come(invitation: str | None = None) -> str:
        return _load(address, "guest/token", "X-Invitation", invitation)["guestHandle"]

    def come_back(handle: str) -> None:
        _load(address, "guest/token", "X-Guest-Handle", handle)

    def sign_in() -> None:
        _load(address, "me/token", "Authorization", bearer)

    come_back(come(_invite(address)))  # makes the tables
    sign_in()
    one, other, invitation = come(), come(_invite(address)), _invite(address)
    time.sleep(FORGOTTEN_SECONDS)
    yield NEW, come
    yield KNOWN, lambda: come_back(one)
    yield AGAIN, lambda: come_back(one)
    yield INVITED, lambda: come(invitation)
    yield NEXT_INVITED, lambda: come(invitation)
    yield KNOWN_INVITED, lambda: come_back(other)
    yield USER, sign_in


def _invite(address: str) -> str:
    body = {"guests": 5, "expiresInMinutes": 60}
    text: str = call(address, "POST", "invitations", body).json["invitation"]
    return text


def _load(address: str, route: str, header: str, value: str | None) -> dict[str, str]:
    reply = call(address, "POST", route, headers={header: value} if value else {})
    assert reply.status == 200, reply.status
    token: dict[str, str] = reply.json
    return token
