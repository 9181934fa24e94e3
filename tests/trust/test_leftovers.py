"""No identity is lost: one that lost a race, failed half-way or is not needed is deleted."""

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from acs_tokens.access.guest_handles import GuestHandle, GuestHandles
from acs_tokens.access.guests import Guests
from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.access.signed_in_users import SignedInUsers
from acs_tokens.acs.service import TokenService
from acs_tokens.context import current_request
from acs_tokens.identities.bans import Ban
from acs_tokens.identities.invitations import Invitation
from acs_tokens.identities.registry import IdentityRegistry
from acs_tokens.identities.sqlite.store import SqliteStore
from acs_tokens.identities.sweeper import Sweeper
from acs_tokens.models.requests import NewGuestRequest
from acs_tokens.oidc.person import EntraUser, OidcUser, Person
from acs_tokens.problems import (
    AcsThrottledError,
    AcsUnavailableError,
    IdentityNotFoundError,
    IdentityStoreUnavailableError,
    Problem,
)
from acs_tokens.settings.guests import GuestSettings
from acs_tokens.settings.rate_limits import RateLimitSettings
from tests.access.test_guest_handles import FIRST
from tests.e2e.conftest import is_problem
from tests.entra_stand_in import Entra
from tests.raw_http import call
from tests.serving import Emulator
from tests.trust.acs_stand_in import Acs
from tests.trust.admission import everybody
from tests.trust.conftest import running_trusted_app
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("short_pauses")

HOUR = timedelta(hours=1)
NO_LIMITS = RateLimitSettings(
    new_guests=1e6,
    all_new_guests=1e6,
    guest_requests=1e6,
    all_guest_requests=1e6,
    requests=1e6,
    failed_sign_ins=1e6,
)


@pytest.fixture
async def identities(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    identities = SqliteStore(tmp_path / "identities.db", "resource")
    yield identities
    await identities.aclose()


def new_person() -> EntraUser:
    return EntraUser(str(uuid4()), str(uuid4()))


def users(service: TokenService, identities: SqliteStore) -> SignedInUsers:
    return SignedInUsers(service, IdentityRegistry(service, identities))


async def sign_in_at_once(acs: Acs, service: TokenService, identities: SqliteStore) -> set[str]:
    """Sign a new user in from 16 tabs; return the ids in the responses.

    Two instances stand for two processes. No create ends before a second one has begun.
    """
    person, both = new_person(), [users(service, identities), users(service, identities)]
    acs.holds_creates = True
    tabs = [
        asyncio.create_task(both[tab % 2].issue_token(person, ["voip"], HOUR)) for tab in range(16)
    ]
    await asyncio.to_thread(wait_until, lambda: acs.created >= 2, "two creates at once")
    acs.holds_creates = False
    return {token.user_id for token in await asyncio.gather(*tabs)}


async def test_losers_are_deleted(acs: Acs, service: TokenService, identities: SqliteStore) -> None:
    returned = await sign_in_at_once(acs, service, identities)

    assert acs.alive == returned
    assert len(returned) == 1
    audited = [gone for _, gone in current_request.get().audit.deletions]
    assert audited == [True] * (acs.created - 1)


async def test_losers_that_cannot_be_deleted_are_remembered_until_they_can(
    acs: Acs, service: TokenService, identities: SqliteStore
) -> None:
    acs.refuses_deletes = True
    returned = await sign_in_at_once(acs, service, identities)
    sweeper = Sweeper(service, identities, retention=None)

    noted = set(await identities.orphans(100))
    audited = set(current_request.get().audit.deletions)
    swept_in_vain = await sweeper.sweep()
    acs.refuses_deletes = False
    gone = await sweeper.sweep()

    assert noted
    assert audited == {(user_id, False) for user_id in noted}
    assert (swept_in_vain, gone) == (0, len(noted))
    assert gone > 0
    assert acs.alive == returned
    assert await identities.orphans(100) == []


async def test_an_orphan_that_is_gone_already_is_forgotten(
    service: TokenService, identities: SqliteStore
) -> None:
    await identities.add_orphan(f"8:acs:{uuid4()}_{uuid4()}")

    assert await Sweeper(service, identities, retention=None).sweep() == 1
    assert await identities.orphans(100) == []


async def test_the_timer_function_sweeps(emulator: Emulator, entra: Entra, tmp_path: Path) -> None:
    with running_trusted_app(emulator, entra, tmp_path / "identities.db") as app:
        orphan = app.call("POST", "users").json["userId"]
        identities = SqliteStore(tmp_path / "identities.db", f"127.0.0.1:{emulator.port}")
        await identities.add_orphan(orphan)

        done = call(app.address, "POST", "/admin/functions/sweep", {"input": ""})
        left = await identities.orphans(10)
        await identities.aclose()

        assert done.status == 202
        assert left == []
        assert is_problem(app.call("DELETE", f"users/{orphan}"), 404, "identity-not-found")


async def test_a_sweep_that_fails_logs_the_problem_alone(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_trusted_app(emulator, entra, tmp_path) as app:  # a folder is no file
        assert call(app.address, "POST", "/admin/functions/sweep").status == 202
        app.program.read_until("sweep failed, identity-store-unavailable: ")

    assert "Traceback" not in app.program.output


async def test_without_storage_there_is_nothing_to_sweep(service: TokenService) -> None:
    assert await Sweeper(service, None, retention=HOUR).sweep() == 0


async def test_a_store_that_cannot_be_written_leaves_no_identity(
    acs: Acs, service: TokenService, tmp_path: Path
) -> None:
    class ReadOnlyStore(SqliteStore):
        async def insert(self, person: Person, user_id: str) -> bool:
            raise IdentityStoreUnavailableError(log="read-only")

        async def replace(self, person: Person, user_id: str, etag: str) -> bool:
            raise IdentityStoreUnavailableError(log="read-only")

    identities, person = ReadOnlyStore(tmp_path / "identities.db", "resource"), new_person()
    with pytest.raises(IdentityStoreUnavailableError):
        await users(service, identities).issue_token(person, ["voip"], HOUR)
    await SqliteStore.insert(identities, person, f"8:acs:{uuid4()}_{uuid4()}")
    with pytest.raises(IdentityStoreUnavailableError):
        await users(service, identities).issue_token(person, ["voip"], HOUR)
    await identities.aclose()

    assert acs.created == 2
    assert acs.alive == set()


async def test_a_request_whose_time_is_over_is_finished_nevertheless(
    acs: Acs, service: TokenService, identities: SqliteStore
) -> None:
    person, registry = new_person(), IdentityRegistry(service, identities)
    mine = SignedInUsers(service, registry)
    request = asyncio.create_task(mine.issue_token(person, ["voip"], HOUR))
    while not registry._steps._running:  # noqa: ASYNC110 until it creates the identity; nothing else tells
        await asyncio.sleep(0)
    request.cancel()
    gc.collect()
    await asyncio.wait(registry._steps._running)

    entry = await identities.get(person)

    assert entry
    assert acs.alive == {entry.user_id}


async def test_deleting_while_signing_in_orphans_and_resurrects_nothing(
    acs: Acs, service: TokenService, identities: SqliteStore
) -> None:
    for _ in range(40):
        person, mine = new_person(), users(service, identities)
        await mine.issue_token(person, ["voip"], HOUR)
        results = await asyncio.gather(
            *(mine.issue_token(person, ["voip"], HOUR) for _ in range(3)),
            mine.delete(person),
            *(mine.issue_token(person, ["voip"], HOUR) for _ in range(3)),
            mine.delete(person),
            return_exceptions=True,
        )
        failures = [result for result in results if isinstance(result, BaseException)]
        assert all(
            isinstance(failure, IdentityNotFoundError | AcsUnavailableError) for failure in failures
        )
        await mine.delete(person)

        assert await identities.get(person) is None
        assert acs.alive == set()


async def test_acs_failing_to_delete_keeps_the_entry(
    acs: Acs, service: TokenService, identities: SqliteStore
) -> None:
    person, mine = new_person(), users(service, identities)
    token = await mine.issue_token(person, ["voip"], HOUR)
    acs.refuses_deletes = True
    with pytest.raises(AcsThrottledError):
        await mine.delete(person)

    entry = await identities.get(person)

    assert entry
    assert entry.user_id == token.user_id


async def test_guests_who_do_not_come_back_are_deleted(
    acs: Acs, service: TokenService, identities: SqliteStore
) -> None:
    guest_settings = GuestSettings(
        admitted=True, scopes=("voip",), max_lifetime=HOUR, keys=(FIRST,), retention=HOUR
    )
    guests = Guests(
        service,
        guest_settings,
        RateLimits(NO_LIMITS),
        IdentityRegistry(service, identities),
        everybody(),
    )
    acs_identity = await service.create_user()
    await identities.touch_guest(acs_identity.user_id)
    handle = GuestHandles([FIRST], service.endpoint).sign(
        GuestHandle(acs_identity.user_id, ("voip",), ("voip",))
    )

    kept = await Sweeper(service, identities, retention=HOUR).sweep()
    await guests.refresh_token(handle, NewGuestRequest())
    gone = await Sweeper(service, identities, retention=timedelta(seconds=-1)).sweep()

    assert (kept, gone) == (0, 1)
    assert acs.alive == set()
    with pytest.raises(Problem, match="identity is gone"):
        await guests.refresh_token(handle, NewGuestRequest())


async def test_a_guest_that_cannot_be_noted_is_not_created(
    acs: Acs, service: TokenService, tmp_path: Path
) -> None:
    unwritable = SqliteStore(tmp_path, "resource")  # a folder is no file
    guest_settings = GuestSettings(
        admitted=True, scopes=("voip",), max_lifetime=HOUR, keys=(FIRST,), retention=HOUR
    )
    guests = Guests(
        service,
        guest_settings,
        RateLimits(NO_LIMITS),
        IdentityRegistry(service, unwritable),
        everybody(),
    )

    with pytest.raises(IdentityStoreUnavailableError):
        await guests.issue_token(None, NewGuestRequest())

    assert acs.created == 1
    assert acs.alive == set()
    assert [gone for _, gone in current_request.get().audit.deletions] == [True]


async def test_a_guest_who_was_deleted_is_not_swept_again(
    acs: Acs, service: TokenService, identities: SqliteStore
) -> None:
    settings = GuestSettings(
        admitted=True, scopes=("voip",), max_lifetime=HOUR, keys=(FIRST,), retention=HOUR
    )
    guests = Guests(
        service, settings, RateLimits(NO_LIMITS), IdentityRegistry(service, identities), everybody()
    )
    guest = await guests.issue_token(None, NewGuestRequest())

    await guests.delete(guest.guest_handle)

    assert await Sweeper(service, identities, retention=timedelta(seconds=-1)).sweep() == 0


async def test_a_guest_that_can_be_neither_noted_nor_deleted_now_is_swept_later(
    acs: Acs, service: TokenService, tmp_path: Path
) -> None:
    class NotingFails(SqliteStore):
        async def touch_guest(self, user_id: str) -> None:
            raise IdentityStoreUnavailableError(log="guests cannot be noted")

    identities = NotingFails(tmp_path / "identities.db", "resource")
    settings = GuestSettings(
        admitted=True, scopes=("voip",), max_lifetime=HOUR, keys=(FIRST,), retention=HOUR
    )
    guests = Guests(
        service, settings, RateLimits(NO_LIMITS), IdentityRegistry(service, identities), everybody()
    )
    acs.refuses_deletes = True
    with pytest.raises(IdentityStoreUnavailableError):
        await guests.issue_token(None, NewGuestRequest())

    assert set(await identities.orphans(10)) == acs.alive
    assert [gone for _, gone in current_request.get().audit.deletions] == [False]
    acs.refuses_deletes = False
    assert await Sweeper(service, identities, retention=None).sweep() == 1
    assert acs.alive == set()
    await identities.aclose()


@pytest.mark.parametrize(
    "person",
    [new_person(), OidcUser("https://login.example/", " a b:c")],
    ids=lambda one: type(one).__name__,
)
async def test_a_token_that_a_ban_came_too_late_for_is_revoked(
    acs: Acs, service: TokenService, identities: SqliteStore, person: Person
) -> None:
    guest = (await service.create_user()).user_id
    later = datetime.now(UTC) + timedelta(hours=1)
    await identities.bans.put(guest, Ban(datetime.now(UTC)))
    await identities.bans.put(person.key, Ban(datetime.now(UTC), later))
    await identities.bans.put(new_person().key, Ban(datetime.now(UTC)))
    created = await users(service, identities).issue_token(person, ["voip"], HOUR)
    revoked = len(acs.revoked)

    await Sweeper(service, identities, retention=None).sweep()

    assert sorted(acs.revoked[revoked:]) == sorted([guest, created.user_id])
    assert await identities.bans.get(created.user_id) == await identities.bans.get(person.key)
    audited = current_request.get().audit.revocations
    assert sorted(audited) == sorted([(guest, True), (created.user_id, True)])


async def test_bans_that_are_old_or_over_are_not_enforced_again(
    acs: Acs, service: TokenService, identities: SqliteStore
) -> None:
    now, guests = datetime.now(UTC), [(await service.create_user()).user_id for _ in range(2)]
    await identities.bans.put(guests[0], Ban(now - timedelta(hours=3)))
    await identities.bans.put(guests[1], Ban(now, now))

    await Sweeper(service, identities, retention=None).sweep()

    assert acs.revoked == []


async def test_an_invitation_is_forgotten_a_day_after_its_end_with_its_guests(
    service: TokenService, identities: SqliteStore
) -> None:
    now, store = datetime.now(UTC), identities.invitations
    for id_, hours in (("old", 26), ("young", 24)):
        await store.add(Invitation(id_, now - timedelta(hours=hours), guests=1))
        await store.add_guest(id_, new_person().key)

    await Sweeper(service, identities, retention=None).sweep()

    assert await store.get("old") is None
    assert await store.guests("old", 10) == []
    assert await store.get("young")
    assert len(await store.guests("young", 10)) == 1


async def test_removed_guests_whose_tokens_cannot_be_revoked_are_tried_again(
    acs: Acs, service: TokenService, identities: SqliteStore
) -> None:
    store, guest = identities.invitations, (await service.create_user()).user_id
    soon = datetime.now(UTC) + HOUR
    await store.add(Invitation("an id", soon, 1, is_withdrawn=True, removes_guests=True))
    await store.add_guest("an id", guest)
    acs.refuses_revocations = True

    await Sweeper(service, identities, retention=None).sweep()
    acs.refuses_revocations = False
    kept = await store.guests("an id", 10)
    await Sweeper(service, identities, retention=None).sweep()

    assert kept == [guest]
    assert acs.revoked == [guest]
    assert await store.guests("an id", 10) == []
