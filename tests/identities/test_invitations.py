"""What a store of invitations promises, in SQLite and in Table Storage."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from acs_tokens.identities.invitations import Invitation
from acs_tokens.identities.store import IdentityStore
from tests.identities.stores import Store, new_user, opened
from tests.identities.test_identity_store import OTHER_RESOURCE

SOON = datetime(2126, 11, 21, 8, 30, 15, 123456, tzinfo=UTC)


def new_invitation(expires_on: datetime = SOON, guests: int | None = 5) -> Invitation:
    return Invitation(uuid4().hex, expires_on, guests, label="Team \N{SNOWMAN}")


async def added(identities: IdentityStore, invitation: Invitation) -> Invitation:
    await identities.invitations.add(invitation)
    found = await identities.invitations.get(invitation.id)
    assert found
    return found


def bare(invitation: Invitation | None) -> Invitation:
    """An invitation without its version."""
    assert invitation
    return replace(invitation, version="", marks="")


async def test_an_invitation_is_read_as_it_was_added(identities: IdentityStore) -> None:
    counted, unlimited = new_invitation(), replace(new_invitation(guests=None), label=None)

    assert bare(await added(identities, counted)) == counted
    assert bare(await added(identities, unlimited)) == unlimited
    assert await identities.invitations.get(uuid4().hex) is None


async def test_a_change_gives_it_another_version(identities: IdentityStore) -> None:
    known = await added(identities, new_invitation())
    changed = replace(known, used=3, is_withdrawn=True, removes_guests=True)

    written = await identities.invitations.replace(known, changed)

    assert written
    assert bare(written) == bare(changed)
    assert written.version != known.version
    assert await identities.invitations.get(known.id) == written


async def test_a_version_that_is_not_the_present_one_changes_nothing(
    identities: IdentityStore,
) -> None:
    known = await added(identities, new_invitation())
    present = await identities.invitations.replace(known, replace(known, used=1))

    assert await identities.invitations.replace(known, replace(known, used=2)) is None

    assert await identities.invitations.get(known.id) == present


async def test_many_changes_of_one_version_are_one(identities: IdentityStore) -> None:
    known = await added(identities, new_invitation())

    written = await asyncio.gather(
        *(identities.invitations.replace(known, replace(known, used=n)) for n in range(1, 9))
    )

    (winner,) = filter(None, written)
    assert await identities.invitations.get(known.id) == winner


async def test_a_removed_invitation_is_gone_and_cannot_be_changed(
    identities: IdentityStore,
) -> None:
    known = await added(identities, new_invitation())

    await identities.invitations.remove(known.id)
    await identities.invitations.remove(uuid4().hex)

    assert await identities.invitations.get(known.id) is None
    assert await identities.invitations.replace(known, replace(known, used=1)) is None


async def test_invitations_that_ended_are_listed(identities: IdentityStore) -> None:
    ended = [await added(identities, new_invitation(SOON - timedelta(days=2))) for _ in range(3)]
    await added(identities, new_invitation())
    moment = SOON - timedelta(days=1)

    assert sorted(await identities.invitations.expired(moment, 10)) == sorted(
        each.id for each in ended
    )
    assert len(await identities.invitations.expired(moment, 2)) == 2


async def test_invitations_whose_guests_are_refused_are_listed(identities: IdentityStore) -> None:
    removing, withdrawn = [await added(identities, new_invitation()) for _ in range(2)]
    await identities.invitations.replace(
        removing, replace(removing, is_withdrawn=True, removes_guests=True)
    )
    await identities.invitations.replace(withdrawn, replace(withdrawn, is_withdrawn=True))

    assert await identities.invitations.removing_guests(10) == [removing.id]


async def test_an_invitation_whose_guests_are_removed_is_listed_no_more(
    identities: IdentityStore,
) -> None:
    known = [await added(identities, new_invitation()) for _ in range(3)]
    removing = [
        await identities.invitations.replace(
            each, replace(each, is_withdrawn=True, removes_guests=True)
        )
        for each in known
    ]
    done = known[0].id

    await identities.invitations.finish_removal(done)
    await identities.invitations.finish_removal(uuid4().hex)

    left = [each.id for each in known if each.id != done]
    assert sorted(await identities.invitations.removing_guests(10)) == sorted(left)
    assert len(await identities.invitations.removing_guests(1)) == 1
    assert bare(await identities.invitations.get(done)) == bare(removing[0])


async def test_guests_are_noted_for_their_invitation(identities: IdentityStore) -> None:
    one, other = uuid4().hex, uuid4().hex
    users = [new_user() for _ in range(4)]
    for user in (*users[:3], users[0]):
        await identities.invitations.add_guest(one, user)
    await identities.invitations.add_guest(other, users[3])

    assert sorted(await identities.invitations.guests(one, 10)) == sorted(users[:3])
    assert len(await identities.invitations.guests(one, 2)) == 2
    await identities.invitations.forget_guest(one, users[0])
    await identities.invitations.forget_guest(one, users[3])
    assert sorted(await identities.invitations.guests(one, 10)) == sorted(users[1:3])
    assert await identities.invitations.guests(other, 10) == [users[3]]


async def test_each_resource_has_its_own_invitations(
    identities: IdentityStore, store: Store
) -> None:
    known = await added(identities, new_invitation(SOON - timedelta(days=2)))
    await identities.invitations.add_guest(known.id, new_user())

    async with opened(store.of(OTHER_RESOURCE)) as others:
        assert await others.invitations.get(known.id) is None
        assert await others.invitations.expired(SOON, 10) == []
        assert await others.invitations.guests(known.id, 10) == []
