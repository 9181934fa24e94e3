"""No identity is lost: what loses a race, fails half-way or is not wanted any more is cleaned up."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from acs_tokens.access.guest_handles import GuestHandle, GuestHandles
from acs_tokens.access.guests import Guests
from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.access.signed_in_users import SignedInUsers
from acs_tokens.acs.service import TokenService
from acs_tokens.context import RequestContext, current_request
from acs_tokens.entra.person import Person
from acs_tokens.errors import (
    AcsThrottledError,
    IdentityNotFoundError,
    IdentityStoreUnavailableError,
    Problem,
)
from acs_tokens.identities.registry import IdentityRegistry
from acs_tokens.identities.sqlite_store import SqliteStore
from acs_tokens.identities.sweeper import Sweeper
from acs_tokens.models import GuestTokenRequest
from acs_tokens.settings.guests import GuestSettings
from acs_tokens.settings.rate_limits import RateLimitSettings
from tests.access.test_guest_handles import FIRST
from tests.e2e.conftest import is_problem
from tests.entra_stand_in import Entra
from tests.raw_http import call
from tests.serving import Emulator
from tests.trust.acs_stand_in import Acs, running_acs
from tests.trust.conftest import running_trusted_app
from tests.waiting import wait_until

HOUR = timedelta(hours=1)
NO_LIMITS = RateLimitSettings(new_guests=1e6, all_new_guests=1e6, requests=1e6, failed_sign_ins=1e6)


@pytest.fixture
def acs() -> Iterator[Acs]:
    with running_acs() as acs:
        yield acs


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    people = SqliteStore(tmp_path / "map.db", "resource")
    yield people
    await people.aclose()


@pytest.fixture
async def service(acs: Acs) -> AsyncIterator[TokenService]:
    current_request.set(RequestContext("a test"))
    service = TokenService(acs.connection)
    yield service
    await service.aclose()


def new_person() -> Person:
    return Person(str(uuid4()), str(uuid4()))


def users(service: TokenService, people: SqliteStore) -> SignedInUsers:
    return SignedInUsers(service, IdentityRegistry(service, people))


async def sign_in_at_once(acs: Acs, service: TokenService, people: SqliteStore) -> set[str]:
    """Sign a new person in from 16 tabs; return the identities that they were told of.

    Two instances stand for two processes. No identity is there before two are being made.
    """
    person, both = new_person(), [users(service, people), users(service, people)]
    acs.stalls = True
    tabs = [
        asyncio.create_task(both[tab % 2].issue_token(person, ["voip"], HOUR)) for tab in range(16)
    ]
    await asyncio.to_thread(wait_until, lambda: acs.made >= 2, "two identities being made")
    acs.stalls = False
    return {token.user_id for token in await asyncio.gather(*tabs)}


async def test_losers_are_deleted(acs: Acs, service: TokenService, people: SqliteStore) -> None:
    told = await sign_in_at_once(acs, service, people)

    assert acs.alive == told
    assert len(told) == 1
    audited = [gone for _, gone in current_request.get().audit.deletions]
    assert audited == [True] * (acs.made - 1)


async def test_losers_that_cannot_be_deleted_are_remembered_until_they_can(
    acs: Acs, service: TokenService, people: SqliteStore
) -> None:
    acs.keeps = True
    told = await sign_in_at_once(acs, service, people)
    sweeper = Sweeper(service, people, retention=None)

    noted = set(await people.orphans(100))
    audited = set(current_request.get().audit.deletions)
    in_vain = await sweeper.sweep()
    acs.keeps = False
    gone = await sweeper.sweep()

    assert noted
    assert audited == {(user_id, False) for user_id in noted}
    assert (in_vain, gone) == (0, len(noted))
    assert gone > 0
    assert acs.alive == told
    assert await people.orphans(100) == []


async def test_an_identity_that_was_replaced_by_mistake_is_swept(
    acs: Acs, service: TokenService, people: SqliteStore
) -> None:
    person, mine = new_person(), users(service, people)
    lost = (await mine.issue_token(person, ["voip"], HOUR)).user_id
    acs.alive.discard(lost)
    found = (await mine.issue_token(person, ["voip"], HOUR)).user_id
    acs.alive.add(lost)  # it was there all the time

    assert await Sweeper(service, people, retention=None).sweep() == 1
    assert acs.alive == {found}


async def test_an_orphan_that_is_gone_already_is_forgotten(
    service: TokenService, people: SqliteStore
) -> None:
    await people.add_orphan(f"8:acs:{uuid4()}_{uuid4()}")

    assert await Sweeper(service, people, retention=None).sweep() == 1
    assert await people.orphans(100) == []


async def test_the_timer_function_sweeps(emulator: Emulator, entra: Entra, tmp_path: Path) -> None:
    with running_trusted_app(emulator, entra, tmp_path / "map.db") as app:
        orphan = app.call("POST", "users").json["userId"]
        people = SqliteStore(tmp_path / "map.db", f"127.0.0.1:{emulator.port}")
        await people.add_orphan(orphan)

        done = call(app.address, "POST", "/admin/functions/sweep", {"input": ""})
        left = await people.orphans(10)
        await people.aclose()

        assert done.status == 202
        assert left == []
        assert is_problem(app.call("DELETE", f"users/{orphan}"), 404, "identity-not-found")


async def test_a_sweep_that_fails_says_why_and_nothing_else(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_trusted_app(emulator, entra, tmp_path) as app:  # a folder is no file
        assert call(app.address, "POST", "/admin/functions/sweep").status == 202
        app.program.read_until("sweep failed, identity-store-unavailable: ")

        assert "Traceback" not in app.program.output


async def test_without_storage_there_is_nothing_to_sweep(service: TokenService) -> None:
    assert await Sweeper(service, None, retention=HOUR).sweep() == 0


async def test_a_map_that_cannot_be_written_leaves_no_identity(
    acs: Acs, service: TokenService, tmp_path: Path
) -> None:
    class Readable(SqliteStore):
        async def insert(self, person: Person, user_id: str) -> bool:
            raise IdentityStoreUnavailableError(log="read-only")

        async def replace(self, person: Person, user_id: str, etag: str) -> bool:
            raise IdentityStoreUnavailableError(log="read-only")

    people, person = Readable(tmp_path / "map.db", "resource"), new_person()
    with pytest.raises(IdentityStoreUnavailableError):
        await users(service, people).issue_token(person, ["voip"], HOUR)
    await SqliteStore.insert(people, person, f"8:acs:{uuid4()}_{uuid4()}")
    with pytest.raises(IdentityStoreUnavailableError):
        await users(service, people).issue_token(person, ["voip"], HOUR)
    await people.aclose()

    assert acs.made == 2
    assert acs.alive == set()


async def test_a_request_whose_time_is_over_is_finished_nevertheless(
    acs: Acs, service: TokenService, people: SqliteStore
) -> None:
    person, registry = new_person(), IdentityRegistry(service, people)
    mine = SignedInUsers(service, registry)
    request = asyncio.create_task(mine.issue_token(person, ["voip"], HOUR))
    while not registry._steps:  # noqa: ASYNC110 until it creates the identity; nothing else tells
        await asyncio.sleep(0)
    request.cancel()
    gc.collect()
    await asyncio.wait(registry._steps)

    entry = await people.get(person)

    assert entry
    assert acs.alive == {entry.user_id}


async def test_deleting_while_signing_in_orphans_and_resurrects_nothing(
    acs: Acs, service: TokenService, people: SqliteStore
) -> None:
    for _ in range(40):
        person, mine = new_person(), users(service, people)
        await mine.issue_token(person, ["voip"], HOUR)
        results = await asyncio.gather(
            *(mine.issue_token(person, ["voip"], HOUR) for _ in range(3)),
            mine.delete(person),
            *(mine.issue_token(person, ["voip"], HOUR) for _ in range(3)),
            mine.delete(person),
            return_exceptions=True,
        )
        failures = [result for result in results if isinstance(result, BaseException)]
        assert all(isinstance(failure, IdentityNotFoundError) for failure in failures)
        await mine.delete(person)

        assert await people.get(person) is None
        assert acs.alive == set()


async def test_acs_failing_to_delete_keeps_the_entry(
    acs: Acs, service: TokenService, people: SqliteStore
) -> None:
    person, mine = new_person(), users(service, people)
    token = await mine.issue_token(person, ["voip"], HOUR)
    acs.keeps = True
    with pytest.raises(AcsThrottledError):
        await mine.delete(person)

    entry = await people.get(person)

    assert entry
    assert entry.user_id == token.user_id


async def test_guests_who_do_not_come_back_are_deleted(
    acs: Acs, service: TokenService, people: SqliteStore
) -> None:
    rules = GuestSettings(
        admitted=True, scopes=("voip",), max_lifetime=HOUR, keys=(FIRST,), retention=HOUR
    )
    guests = Guests(service, rules, RateLimits(NO_LIMITS), IdentityRegistry(service, people))
    acs_identity = await service.create_user()
    await people.touch_guest(acs_identity.user_id)
    handle = GuestHandles([FIRST]).sign(GuestHandle(acs_identity.user_id, ("voip",), ("voip",)))

    kept = await Sweeper(service, people, retention=HOUR).sweep()
    await guests.refresh_token(handle, GuestTokenRequest())
    gone = await Sweeper(service, people, retention=timedelta(seconds=-1)).sweep()

    assert (kept, gone) == (0, 1)
    assert acs.alive == set()
    with pytest.raises(Problem, match="identity is gone"):
        await guests.refresh_token(handle, GuestTokenRequest())


async def test_a_guest_that_cannot_be_noted_is_not_made(
    acs: Acs, service: TokenService, tmp_path: Path
) -> None:
    unwritable = SqliteStore(tmp_path, "resource")  # a folder is no file
    rules = GuestSettings(
        admitted=True, scopes=("voip",), max_lifetime=HOUR, keys=(FIRST,), retention=HOUR
    )
    guests = Guests(service, rules, RateLimits(NO_LIMITS), IdentityRegistry(service, unwritable))

    with pytest.raises(IdentityStoreUnavailableError):
        await guests.issue_token(None, GuestTokenRequest())

    assert acs.made == 1
    assert acs.alive == set()
    assert [gone for _, gone in current_request.get().audit.deletions] == [True]


async def test_a_guest_that_can_be_neither_noted_nor_deleted_now_is_swept_later(
    acs: Acs, service: TokenService, tmp_path: Path
) -> None:
    class Forgetful(SqliteStore):
        async def touch_guest(self, user_id: str) -> None:
            raise IdentityStoreUnavailableError(log="guests cannot be noted")

    people = Forgetful(tmp_path / "map.db", "resource")
    settings = GuestSettings(
        admitted=True, scopes=("voip",), max_lifetime=HOUR, keys=(FIRST,), retention=HOUR
    )
    guests = Guests(service, settings, RateLimits(NO_LIMITS), IdentityRegistry(service, people))
    acs.keeps = True
    with pytest.raises(IdentityStoreUnavailableError):
        await guests.issue_token(None, GuestTokenRequest())

    assert set(await people.orphans(10)) == acs.alive
    assert [gone for _, gone in current_request.get().audit.deletions] == [False]
    acs.keeps = False
    assert await Sweeper(service, people, retention=None).sweep() == 1
    assert acs.alive == set()
    await people.aclose()
