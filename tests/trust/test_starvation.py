"""Guests cannot keep everybody else from ACS, however many requests they send."""

import asyncio
import contextlib
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import SecretBytes

from acs_emulator.ports import listen, port_of
from acs_tokens.access.guest_handles import GuestHandle, GuestHandles
from acs_tokens.settings.guests import HandleKey
from tests.e2e.conftest import App
from tests.entra_stand_in import Entra
from tests.serving import Emulator, in_thread, name_the_request, running_app
from tests.trust.acs_stand_in import Acs
from tests.trust.conftest import HANDLE_KEY, settings

GUEST_REQUESTS = 300  # more than the quotas below
# A quarter of ACS's, with a quarter of the limit that belongs to them: a smaller attack shows the
# same, also on a busy machine.
QUOTAS = {"identities": 250, ":issueAccessToken": 250, ":revokeAccessTokens": 125}
QUARTER = {"LIMIT_ALL_GUEST_REQUESTS": "50"}
QUOTA_SECONDS = 30
ADDRESSES = 50  # the attacker's, all of them loopback


class Quotas:
    """ACS's quotas: so many requests of an operation in 30 seconds, and 429 beyond."""

    def __init__(self, seconds: float, factor: int) -> None:
        self._seconds, self._factor = seconds, factor
        self._times: dict[str, deque[float]] = defaultdict(deque)

    @web.middleware
    async def limit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        operation = request.path.rpartition("/")[2]
        times, now = self._times[operation], time.monotonic()
        while times and times[0] < now - QUOTA_SECONDS:
            times.popleft()
        if len(times) >= self._factor * QUOTAS.get(operation, 125):
            return web.Response(status=429)
        times.append(now)
        await asyncio.sleep(self._seconds)
        return await handler(request)


@contextlib.contextmanager
def running_acs(seconds: float = 0, factor: int = 1) -> Iterator[Acs]:
    """Run an ACS with quotas.

    Args:
        seconds: How long its responses take.
        factor: How many times the usual quotas the resource has.
    """
    sockets = listen(0)
    acs = Acs(port_of(sockets))
    acs.knows_all = True
    application = web.Application(middlewares=[Quotas(seconds, factor).limit])
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
    """Clients of an app, each at an address of its own."""

    def __init__(self, app: App) -> None:
        self._url = f"{app.address}/api/".replace("localhost", "127.0.0.1")
        self._sessions: list[aiohttp.ClientSession] = []

    def at(self, address: str) -> aiohttp.ClientSession:
        """Open a session of a client at this address."""
        connector = aiohttp.TCPConnector(limit=0, local_addr=(address, 0))
        session = aiohttp.ClientSession(self._url, connector=connector)
        self._sessions.append(session)
        return session

    async def send(self, client: aiohttp.ClientSession, route: str, headers: dict[str, str]) -> int:
        async with client.post(route, headers=headers) as response:
            await response.read()
            return response.status

    async def close(self) -> None:
        for session in self._sessions:
            await session.close()


async def attack(
    app: App, entra: Entra, guests: list[str], addresses: int
) -> dict[str, Counter[int]]:
    """Send guests' requests from some addresses, and after them those of others.

    One person signs in before, so that Entra's keys are there: this process serves them as well,
    and is busy with the attack.
    """
    crowd = Crowd(app)
    attackers = [crowd.at(f"127.0.1.{number + 1}") for number in range(addresses)]
    other = crowd.at("127.0.2.1")
    person = {"Authorization": f"Bearer {entra.token()}"}
    assert await crowd.send(other, "me/token", person) == 200
    flood = [
        asyncio.create_task(
            crowd.send(
                attackers[number % addresses],
                "guest/token/refresh",
                {"X-Guest-Handle": guests[number % len(guests)]},
            )
        )
        for number in range(GUEST_REQUESTS)
    ]
    await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
    me = [
        crowd.send(other, "me/token", {"Authorization": f"Bearer {entra.token()}"})
        for _ in range(10)
    ]
    backend = [crowd.send(other, "users/token", {}) for _ in range(20)]
    statuses = {
        "me": Counter(await asyncio.gather(*me)),
        "backend": Counter(await asyncio.gather(*backend)),
        "guests": Counter(await asyncio.gather(*flood)),
    }
    await crowd.close()
    return statuses


def test_many_guests_at_one_address_leave_the_quota_to_others(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_acs() as acs, running_attacked_app(acs, emulator, entra, tmp_path) as app:
        statuses = asyncio.run(attack(app, entra, handles(acs, 10), addresses=1))

    assert statuses["me"][200] >= 9
    assert statuses["backend"][201] >= 19
    assert statuses["guests"][200] <= 150


def test_many_guests_at_many_addresses_leave_the_quota_to_others(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with (
        running_acs() as acs,
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
        running_acs(seconds=0.5, factor=10) as acs,
        running_attacked_app(acs, emulator, entra, tmp_path, **limits) as app,
    ):
        statuses = asyncio.run(attack(app, entra, handles(acs, 300), ADDRESSES))

    assert statuses["me"][200] >= 9
    assert statuses["backend"][201] >= 19
