"""The sweep: what it does first, how it gets to everything, and when it stops."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from acs_tokens.acs.service import TokenService
from acs_tokens.context import current_request
from acs_tokens.identities.bans import Ban
from acs_tokens.identities.invitation_sweep import revoke_removed_guests
from acs_tokens.identities.invitations import Invitation
from acs_tokens.identities.store import IdentityStore
from acs_tokens.identities.sweeper import Sweeper
from acs_tokens.problems import AcsUnavailableError
from tests.identities.stores import new_person, new_user
from tests.trust.acs_stand_in import Acs
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("short_pauses")

HOUR = timedelta(hours=1)
MANY = 30  # far more than a circuit breaker needs to open


async def withdraw_with(identities: IdentityStore, id_: str, *guests: str) -> None:
    """Make an invitation that is withdrawn together with these guests."""
    soon = datetime.now(UTC) + HOUR
    invitation = Invitation(id_, soon, 1, is_withdrawn=True, removes_guests=True)
    await identities.invitations.add(invitation)
    for guest in guests:
        await identities.invitations.add_guest(id_, guest)


async def test_bans_and_withdrawals_are_enforced_before_deletions(
    acs: Acs, service: TokenService, identities: IdentityStore
) -> None:
    orphan, stale, banned, removed = [(await service.create_user()).user_id for _ in range(4)]
    await identities.add_orphan(orphan)
    await identities.touch_guest(stale)
    await identities.bans.put(banned, Ban(datetime.now(UTC)))
    await withdraw_with(identities, "an id", removed)
    acs.holds_deletes = True

    sweep = asyncio.create_task(Sweeper(service, identities, timedelta(seconds=-1)).sweep())
    await asyncio.to_thread(wait_until, lambda: acs.held_deletes, "a deletion")
    revoked_before = list(acs.revoked)
    acs.holds_deletes = False

    assert await sweep == 2
    assert revoked_before == [banned, removed]
    assert acs.alive == {banned, removed}


async def test_the_guests_of_all_invitations_are_removed_however_many_there_are(
    acs: Acs, service: TokenService, identities: IdentityStore
) -> None:
    guests = [(await service.create_user()).user_id for _ in range(5)]
    for number, guest in enumerate(guests):
        await withdraw_with(identities, f"id {number}", guest)

    for _ in range(3):
        await revoke_removed_guests(service, identities.invitations, 2)

    assert sorted(acs.revoked) == sorted(guests)
    assert await identities.invitations.removing_guests(10) == []
    invitation = await identities.invitations.get("id 0")
    assert invitation
    assert invitation.removes_guests


async def test_an_invitation_with_more_guests_than_a_run_takes_is_taken_up_again(
    acs: Acs, service: TokenService, identities: IdentityStore
) -> None:
    guests = [(await service.create_user()).user_id for _ in range(3)]
    await withdraw_with(identities, "an id", *guests)

    await revoke_removed_guests(service, identities.invitations, 2)
    first = len(acs.revoked)
    await revoke_removed_guests(service, identities.invitations, 2)

    assert first == 2
    assert sorted(acs.revoked) == sorted(guests)


@pytest.mark.parametrize("kind", ["banned", "removed", "left over"])
async def test_a_sweep_ends_when_acs_is_down_and_does_not_try_everything(
    acs: Acs, service: TokenService, identities: IdentityStore, kind: str
) -> None:
    users = [new_user() for _ in range(MANY)]
    for user in users:
        if kind == "banned":
            await identities.bans.put(user, Ban(datetime.now(UTC)))
        elif kind == "removed":
            await withdraw_with(identities, user, user)
        else:
            await identities.add_orphan(user)
    acs.is_down = True

    with pytest.raises(AcsUnavailableError):
        await Sweeper(service, identities, retention=None).sweep()

    audit = current_request.get().audit
    tried = audit.revocations + audit.deletions
    assert 0 < len(tried) < MANY
    assert not any(done for _, done in tried)


async def test_a_ban_that_is_lifted_meanwhile_is_not_written_back(
    acs: Acs,
    service: TokenService,
    identities: IdentityStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person, user = new_person(), (await service.create_user()).user_id
    await identities.insert(person, user)
    await identities.bans.put(person.key, Ban(datetime.now(UTC)))
    put = identities.bans.put

    async def put_late(subject: str, ban: Ban) -> None:
        for each in (person.key, user):
            await identities.bans.remove(each)
        await put(subject, ban)

    monkeypatch.setattr(identities.bans, "put", put_late)

    await Sweeper(service, identities, retention=None).sweep()

    assert await identities.bans.get(user) is None
    assert acs.revoked == []
