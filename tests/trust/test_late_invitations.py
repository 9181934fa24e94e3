"""Guests who are late or at once: none is created too late, and no use is counted for nothing."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acs_tokens.access.invitation_uses import InvitationUses
from acs_tokens.acs.service import TokenService
from acs_tokens.context import RequestContext, current_request
from acs_tokens.identities.invitations import Invitation
from acs_tokens.identities.registry import IdentityRegistry
from acs_tokens.identities.sqlite.file import SqliteFile
from acs_tokens.identities.sqlite.invitations import TABLES, SqliteInvitations
from acs_tokens.identities.sqlite.store import SqliteStore
from acs_tokens.models.responses import UserToken
from acs_tokens.problems import InvitationError, Problem
from tests.trust.acs_stand_in import Acs

pytestmark = pytest.mark.usefixtures("short_pauses")

HOUR, DEADLINE = timedelta(hours=1), timedelta(seconds=8)
CONFLICTS = 12


class Invitations(SqliteInvitations):
    """Invitations in a file, to which a test makes things happen.

    Attributes:
        conflicts: How many of the next changes fail because another one was faster.
        tries: How many changes were tried.
        after_change: Runs after each try to change an invitation.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(SqliteFile(file, TABLES, DEADLINE), "resource")
        self.conflicts = self.tries = 0
        self.after_change: Callable[[], object] = lambda: None

    async def replace(self, known: Invitation, changed: Invitation) -> Invitation | None:
        self.tries += 1
        assert self.tries < 2 * CONFLICTS, "it tries without end"
        written = await super().replace(known, changed) if self.tries > self.conflicts else None
        self.after_change()
        return written

    async def aclose(self) -> None:
        await self._file.aclose()


@pytest.fixture
async def service(acs: Acs, service: TokenService) -> TokenService:
    """A service whose connection is open: its next request leaves at once."""
    await service.create_user()
    acs.alive.clear()
    return service


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Invitations]:
    store = Invitations(tmp_path / "invitations.db")
    yield store
    await store.aclose()


@pytest.fixture
async def registry(service: TokenService, tmp_path: Path) -> AsyncIterator[IdentityRegistry]:
    identities = SqliteStore(tmp_path / "identities.db", "resource")
    yield IdentityRegistry(service, identities)
    await identities.aclose()


@pytest.fixture
def uses(store: Invitations, registry: IdentityRegistry) -> InvitationUses:
    return InvitationUses(store, registry, DEADLINE)


async def invite(store: Invitations, guests: int | None = 5) -> Invitation:
    await store.add(Invitation("an id", datetime.now(UTC) + HOUR, guests))
    invitation = await store.get("an id")
    assert invitation
    return invitation


async def come(uses: InvitationUses, service: TokenService) -> UserToken:
    return await uses.admit("an id", lambda: service.create_user_and_token(["voip"], HOUR))


def end_the_request() -> None:
    """Let the deadline of the step that runs this be over."""
    current_request.set(RequestContext("a late test", deadline=0))


async def test_no_guest_is_created_when_counting_took_all_the_time(
    acs: Acs, service: TokenService, store: Invitations, uses: InvitationUses
) -> None:
    await invite(store)
    store.after_change = end_the_request
    created = acs.created

    with pytest.raises(TimeoutError):
        await come(uses, service)

    assert acs.created == created
    known = await store.get("an id")
    assert known
    assert (known.used, store.tries) == (0, 2)  # counted, and given back


async def test_nobody_is_counted_any_more_when_the_time_is_over(
    acs: Acs, service: TokenService, store: Invitations, uses: InvitationUses
) -> None:
    await invite(store)
    store.conflicts, created = CONFLICTS, acs.created
    store.after_change = lambda: end_the_request() if store.tries == 3 else None

    with pytest.raises(TimeoutError):
        await come(uses, service)

    assert (store.tries, acs.created) == (3, created)


class HalfASecondLeft(RequestContext):
    """A request whose time does not pass."""

    def seconds_left(self) -> float:
        return 0.5


@pytest.mark.parametrize("deadline", [0.8, 8])
async def test_half_a_second_is_enough_only_where_requests_have_little_more(
    acs: Acs,
    service: TokenService,
    registry: IdentityRegistry,
    store: Invitations,
    deadline: float,
) -> None:
    await invite(store)
    uses = InvitationUses(store, registry, timedelta(seconds=deadline))
    current_request.set(HalfASecondLeft("a test", deadline=float("inf")))

    with suppress(TimeoutError):
        await come(uses, service)

    assert len(acs.alive) == (1 if deadline < 1 else 0)


async def test_the_pauses_after_conflicts_stay_short(
    service: TokenService,
    store: Invitations,
    uses: InvitationUses,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    def no_pause(_: float, longest: float) -> float:
        pauses.append(longest)
        return 0

    monkeypatch.setattr(random, "uniform", no_pause)
    await invite(store)
    store.conflicts = CONFLICTS

    assert await come(uses, service)

    assert len(pauses) == CONFLICTS
    assert pauses == sorted(pauses)
    assert max(pauses) <= 0.3


async def test_a_use_that_was_not_counted_is_not_given_back(
    acs: Acs, service: TokenService, store: Invitations, uses: InvitationUses
) -> None:
    known = await invite(store, guests=None)
    acs.refuses_creates = True

    with pytest.raises(Problem):
        await come(uses, service)

    assert store.tries == 0
    assert await store.get("an id") == known


@pytest.mark.parametrize("guests", [5, None])
async def test_whoever_comes_while_the_guests_are_removed_is_not_kept(
    acs: Acs,
    service: TokenService,
    registry: IdentityRegistry,
    store: Invitations,
    uses: InvitationUses,
    guests: int | None,
) -> None:
    await invite(store, guests)
    elsewhere = InvitationUses(store, registry, DEADLINE)

    async def create() -> UserToken:
        await elsewhere.withdraw("an id", removes_guests=True)
        return await service.create_user_and_token(["voip"], HOUR)

    with pytest.raises(InvitationError):
        await uses.admit("an id", create)

    assert acs.alive == set()
