"""One wrong response of ACS costs nobody an identity.

A resource that fails over, or a copy that lags behind, says for a moment that an identity does not
exist. What a page or this service concludes from that cannot be undone.
"""

from collections.abc import AsyncIterator
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
from acs_tokens.identities.registry import IdentityRegistry
from acs_tokens.identities.sqlite.store import SqliteStore
from acs_tokens.identities.sweeper import Sweeper
from acs_tokens.models.requests import NewGuestRequest
from acs_tokens.oidc.person import EntraUser
from acs_tokens.problems import (
    AcsResponseError,
    AcsUnavailableError,
    IdentityNotFoundError,
    UnauthorizedError,
)
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.guests import GuestSettings
from acs_tokens.settings.rate_limits import RateLimitSettings
from tests.access.test_guest_handles import FIRST
from tests.trust.acs_stand_in import Acs
from tests.trust.admission import everybody

pytestmark = pytest.mark.usefixtures("short_pauses")

HOUR = timedelta(hours=1)
NOT_FOUND, NOT_OWNED = (404, "IdentityNotFound"), (401, "IdentityNotOwned")


@pytest.fixture
def context() -> RequestContext:
    return RequestContext("a test", deadline=float("inf"))


@pytest.fixture
async def service(acs: Acs, context: RequestContext) -> AsyncIterator[TokenService]:
    current_request.set(context)
    service = TokenService(acs.connection)
    yield service
    await service.aclose()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "identities.db", "resource")
    yield store
    await store.aclose()


@pytest.fixture
def users(service: TokenService, store: SqliteStore) -> SignedInUsers:
    return SignedInUsers(service, IdentityRegistry(service, store))


@pytest.fixture
def guests(service: TokenService) -> Guests:
    settings = GuestSettings(
        admitted=True, scopes=("voip",), max_lifetime=HOUR, keys=(FIRST,), retention=None
    )
    limits = RateLimits(RateLimitSettings.from_environ(Environ({})))
    return Guests(service, settings, limits, None, everybody())


def new_person() -> EntraUser:
    return EntraUser(str(uuid4()), str(uuid4()))


@pytest.mark.parametrize("wrong", [NOT_FOUND, NOT_OWNED])
async def test_a_stored_identity_survives_one_wrong_response(
    acs: Acs, users: SignedInUsers, wrong: tuple[int, str]
) -> None:
    person = new_person()
    first = await users.issue_token(person, ["voip"], HOUR)
    acs.wrong_responses = [wrong]

    second = await users.issue_token(person, ["voip"], HOUR)

    assert second.user_id == first.user_id
    assert acs.created == 1


@pytest.mark.parametrize("wrong", [NOT_FOUND, NOT_OWNED])
async def test_an_identity_that_acs_denies_twice_is_replaced_audited_and_never_deleted_by_us(
    acs: Acs,
    users: SignedInUsers,
    store: SqliteStore,
    service: TokenService,
    context: RequestContext,
    wrong: tuple[int, str],
) -> None:
    person = new_person()
    first = await users.issue_token(person, ["voip"], HOUR)
    acs.wrong_responses = [wrong, wrong]

    second = await users.issue_token(person, ["voip"], HOUR)
    await Sweeper(service, store, retention=None).sweep()

    assert second.user_id != first.user_id
    assert acs.alive == {first.user_id, second.user_id}
    assert context.audit.replacements == [(first.user_id, second.user_id)]


async def test_two_responses_that_contradict_each_other_decide_nothing(
    acs: Acs, users: SignedInUsers
) -> None:
    person = new_person()
    first = await users.issue_token(person, ["voip"], HOUR)
    acs.wrong_responses = [NOT_FOUND, NOT_OWNED]

    with pytest.raises(AcsResponseError):
        await users.issue_token(person, ["voip"], HOUR)

    assert (await users.issue_token(person, ["voip"], HOUR)).user_id == first.user_id


async def test_the_second_response_may_come_after_another_failure(
    acs: Acs, users: SignedInUsers
) -> None:
    person = new_person()
    first = await users.issue_token(person, ["voip"], HOUR)
    acs.wrong_responses = [NOT_FOUND, (500, "")]

    assert (await users.issue_token(person, ["voip"], HOUR)).user_id == first.user_id


async def test_without_time_for_a_second_request_nothing_is_decided(
    acs: Acs, users: SignedInUsers, context: RequestContext
) -> None:
    person = new_person()
    first = await users.issue_token(person, ["voip"], HOUR)
    acs.wrong_responses = [NOT_FOUND]
    current_request.set(RequestContext("a late test"))

    with pytest.raises(AcsUnavailableError):
        await users.issue_token(person, ["voip"], HOUR)

    current_request.set(context)
    assert (await users.issue_token(person, ["voip"], HOUR)).user_id == first.user_id


async def test_right_after_our_own_create_a_404_is_repeated(acs: Acs, users: SignedInUsers) -> None:
    acs.wrong_responses_to_issue = [NOT_FOUND]

    token = await users.issue_token(new_person(), ["voip"], HOUR)

    assert acs.alive == {token.user_id}


async def test_right_after_our_own_create_a_404_is_never_believed(
    acs: Acs, users: SignedInUsers
) -> None:
    person = new_person()
    acs.wrong_responses_to_issue = [NOT_FOUND, NOT_FOUND]

    with pytest.raises(AcsUnavailableError):
        await users.issue_token(person, ["voip"], HOUR)

    token = await users.issue_token(person, ["voip"], HOUR)
    assert acs.alive == {token.user_id}
    assert acs.created == 1


@pytest.mark.parametrize("method", ["issue_token", "refresh_token"])
async def test_a_guest_stays_authenticated_after_one_wrong_404(
    acs: Acs, service: TokenService, guests: Guests, method: str
) -> None:
    guest = await service.create_user()
    handle = GuestHandles([FIRST], acs.connection.endpoint).sign(
        GuestHandle(guest.user_id, ["voip"], ["voip"])
    )
    acs.wrong_responses = [NOT_FOUND]

    token = await getattr(guests, method)(handle, NewGuestRequest())

    assert token.user_id == guest.user_id


async def test_a_guests_handle_ends_when_acs_says_so_twice(
    acs: Acs, service: TokenService, guests: Guests
) -> None:
    guest = await service.create_user()
    handle = GuestHandles([FIRST], acs.connection.endpoint).sign(
        GuestHandle(guest.user_id, ["voip"], ["voip"])
    )
    acs.wrong_responses = [NOT_FOUND, NOT_FOUND]

    with pytest.raises(UnauthorizedError, match="identity is gone"):
        await guests.refresh_token(handle, NewGuestRequest())


async def test_a_guest_who_is_gone_costs_acs_nothing_more(
    acs: Acs, service: TokenService, guests: Guests, context: RequestContext
) -> None:
    guest = await service.create_user()
    handle = GuestHandles([FIRST], acs.connection.endpoint).sign(
        GuestHandle(guest.user_id, ["voip"], ["voip"])
    )
    acs.alive.clear()
    with pytest.raises(UnauthorizedError):
        await guests.refresh_token(handle, NewGuestRequest())
    sent = context.audit.acs_requests

    for _ in range(10):
        with pytest.raises(UnauthorizedError, match="identity is gone"):
            await guests.refresh_token(handle, NewGuestRequest())

    assert context.audit.acs_requests == sent


async def test_a_guest_who_was_deleted_costs_acs_nothing_more(
    acs: Acs, service: TokenService, guests: Guests, context: RequestContext
) -> None:
    guest = await guests.issue_token(None, NewGuestRequest())
    await guests.delete(guest.guest_handle)
    sent = context.audit.acs_requests

    with pytest.raises(UnauthorizedError, match="identity is gone"):
        await guests.issue_token(guest.guest_handle, NewGuestRequest())

    assert context.audit.acs_requests == sent


async def test_one_wrong_404_to_a_delete_keeps_no_identity_in_acs(
    acs: Acs, users: SignedInUsers, store: SqliteStore
) -> None:
    person = new_person()
    await users.issue_token(person, ["voip"], HOUR)
    acs.wrong_responses = [NOT_FOUND]

    await users.delete(person)

    assert acs.alive == set()
    assert await store.get(person) is None


async def test_a_delete_that_was_retried_after_a_lost_response_is_done(
    acs: Acs, service: TokenService
) -> None:
    user = await service.create_user()
    acs.loses_deletes = 1

    await service.delete_user(user.user_id)

    with pytest.raises(IdentityNotFoundError):
        await service.delete_user(user.user_id)
