"""Guests cannot keep everybody else from ACS, however many requests they send."""

import asyncio
import contextlib
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import SecretBytes

from acs_emulator.ports import listen, port_of
from acs_tokens.access.guest_handles import GuestHandle, GuestHandles
from acs_tokens.acs.request_slots import GUEST_SLOTS
from acs_tokens.settings.guests import HandleKey
from tests.e2e.conftest import App
from tests.entra_stand_in import Entra
from tests.serving import Emulator, in_thread, name_the_request, running_app
from tests.trust.acs_stand_in import Acs, running_acs
from tests.trust.conftest import HANDLE_KEY, settings
from tests.waiting import wait_until

GUEST_REQUESTS = 300  # more than the quotas below
# A quarter of ACS's, with a quarter of the limit that belongs to them: a smaller attack shows the
# same, also on a busy machine.
QUOTAS = {"identities": 250, ":issueAccessToken": 250, ":revokeAccessTokens": 125}
QUARTER = {"LIMIT_ALL_GUEST_REQUESTS": "50"}
QUOTA_SECONDS = 30
ADDRESSES = 50  # the attacker's, all of them loopback


class Quotas:
    """ACS's quotas: so many requests of an operation in 30 seconds, and 429 beyond."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = defaultdict(deque)

    @web.middleware
    async def limit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        operation = request.path.rpartition("/")[2]
        times, now = self._times[operation], time.monotonic()
        while times and times[0] < now - QUOTA_SECONDS:
            times.popleft()
        if len(times) >= QUOTAS.get(operation, 125):
            return web.Response(status=429)
        times.append(now)
        return await handler(request)


@contextlib.contextmanager
def running_limited_acs() -> Iterator[Acs]:
    """Run an ACS with quotas."""
    sockets = listen(0)
    acs = Acs(port_of(sockets))
    acs.knows_all = True
    application = web.Application(middlewares=[Quotas().limit])
    application.add_routes(acs.routes())
    application.on_response_prepare.append(name_the_request)
    with in_thread(application, (sockets, None)):
        yield acs


@contextlib.contextmanager
def running_attacked_app(
    acs: Acs, emulator: Emulator, entra: Entra, folder: Path, **limits: str
) -> Iterator[App]:
    """Run the app with the default rate limits, or some others."""
    variables = settings(emulator, entra, IDENTITY_SQLITE=str(folder / "identities.db"))
    variables = {k: v for k, v in variables.items() if not k.startswith("LIMIT_")}
    variables |= {"ACS_CONNECTION_STRING": acs.connection_string, "DEADLINE_SECONDS": "45"}
    variables |= limits
    with running_app("tests.patient_host", **variables) as (address, program):
        yield App(address, program)


def handles(acs: Acs, count: int) -> list[str]:
    """Handles of as many guests as a patient attacker has made."""
    key = HandleKey(id="test", secret=SecretBytes(HANDLE_KEY))
    signing = GuestHandles([key], acs.connection.endpoint)
    ids = [f"8:acs:{uuid4()}_{uuid4()}" for _ in range(count)]
    return [signing.sign(GuestHandle(user_id, ["voip"], ["voip"])) for user_id in ids]


class Crowd:
    """An attacker with some addresses, and other clients at another address."""

    def __init__(self, app: App, entra: Entra, addresses: int) -> None:
        self._url = f"{app.address}/api/".replace("localhost", "127.0.0.1")
        self._entra = entra
        self._attackers = [self._at(f"127.0.1.{number + 1}") for number in range(addresses)]
        self._other = self._at("127.0.2.1")

    def _at(self, address: str) -> aiohttp.ClientSession:
        """Open a session of a client at this address."""
        connector = aiohttp.TCPConnector(limit=0, local_addr=(address, 0))
        return aiohttp.ClientSession(self._url, connector=connector)

    def flood(self, guests: list[str]) -> list[asyncio.Task[int]]:
        """Begin to send the requests of guests, from all addresses."""
        return [
            asyncio.create_task(
                self._send(
                    self._attackers[number % len(self._attackers)],
                    "guest/token/refresh",
                    {"X-Guest-Handle": guests[number % len(guests)]},
                )
            )
            for number in range(GUEST_REQUESTS)
        ]

    async def sign_in(self) -> int:
        """Sign a new person in; return the status."""
        person = {"Authorization": f"Bearer {self._entra.token()}"}
        return await self._send(self._other, "me/token", person)

    async def others(self) -> dict[str, Counter[int]]:
        """Send requests of ten people and of a backend; return their statuses."""
        backend = [self._send(self._other, "users/token", {}) for _ in range(20)]
        me = [self.sign_in() for _ in range(10)]
        return {
            "me": Counter(await asyncio.gather(*me)),
            "backend": Counter(await asyncio.gather(*backend)),
        }

    async def _send(
        self, client: aiohttp.ClientSession, route: str, headers: dict[str, str]
    ) -> int:
        async with client.post(route, headers=headers) as response:
            await response.read()
            return response.status

    async def close(self) -> None:
        for session in (*self._attackers, self._other):
            await session.close()


@contextlib.asynccontextmanager
async def crowd(app: App, entra: Entra, addresses: int) -> AsyncIterator[Crowd]:
    """Open the clients of an app.

    One person signs in before, so that Entra's keys are there: this process serves them as well,
    and is busy with the attack.
    """
    clients = Crowd(app, entra, addresses)
    try:
        assert await clients.sign_in() == 200
        yield clients
    finally:
        await clients.close()


async def attack(
    app: App, entra: Entra, guests: list[str], addresses: int
) -> dict[str, Counter[int]]:
    """Send guests' requests from some addresses, and after the first response those of others."""
    async with crowd(app, entra, addresses) as clients:
        flood = clients.flood(guests)
        await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
        statuses = await clients.others()
        return statuses | {"guests": Counter(await asyncio.gather(*flood))}


async def attack_slow_acs(
    app: App, acs: Acs, entra: Entra, guests: list[str]
) -> dict[str, Counter[int]]:
    """Send guests' requests until ACS holds as many as it can, and then those of others."""
    async with crowd(app, entra, ADDRESSES) as clients:
        acs.holds_issues = True
        flood = clients.flood(guests)
        await asyncio.to_thread(
            wait_until, lambda: acs.held_issues >= GUEST_SLOTS, "guests have all their slots"
        )
        statuses = await clients.others()
        held = acs.held_issues
        acs.holds_issues = False
        await asyncio.gather(*flood)
        assert held == GUEST_SLOTS
        return statuses


def test_many_guests_at_one_address_leave_the_quota_to_others(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_limited_acs() as acs, running_attacked_app(acs, emulator, entra, tmp_path) as app:
        statuses = asyncio.run(attack(app, entra, handles(acs, 10), addresses=1))

    assert statuses["me"][200] >= 9
    assert statuses["backend"][201] >= 19
    assert statuses["guests"][200] <= 150


def test_many_guests_at_many_addresses_leave_the_quota_to_others(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with (
        running_limited_acs() as acs,
        running_attacked_app(acs, emulator, entra, tmp_path, **QUARTER) as app,
    ):
        statuses = asyncio.run(attack(app, entra, handles(acs, 300), ADDRESSES))

    assert statuses["me"][200] >= 9
    assert statuses["backend"][201] >= 19
    assert statuses["guests"][200] <= 125


def test_guests_who_wait_for_a_slow_acs_leave_slots_to_others_even_without_rate_limits(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    limits = dict.fromkeys(("LIMIT_GUEST_REQUESTS", "LIMIT_ALL_GUEST_REQUESTS"), "100000")
    with (
        running_acs() as acs,
        running_attacked_app(acs, emulator, entra, tmp_path, **limits) as app,
    ):
        acs.knows_all = True
        statuses = asyncio.run(attack_slow_acs(app, acs, entra, handles(acs, 300)))

    assert statuses == {"me": {200: 10}, "backend": {201: 20}}
