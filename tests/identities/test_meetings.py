"""What a store of the shared meeting promises, in SQLite and in Table Storage."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from acs_tokens.identities.meetings import Meeting
from acs_tokens.identities.store import IdentityStore
from tests.identities.stores import Store, opened
from tests.identities.test_identity_store import OTHER_RESOURCE

NOW = datetime(2026, 11, 21, 8, 30, 15, 123456, tzinfo=UTC)
CLAIM = Meeting("", NOW, NOW + timedelta(hours=1), NOW + timedelta(seconds=30))


async def test_there_is_no_meeting_at_first(identities: IdentityStore, store: Store) -> None:
    assert await identities.meetings.get() is None
    await identities.meetings.replace(None, CLAIM)

    async with opened(store.of(OTHER_RESOURCE)) as others:
        assert await others.meetings.get() is None


async def test_a_meeting_is_read_as_it_was_written(identities: IdentityStore) -> None:
    claimed = await identities.meetings.replace(None, CLAIM)
    assert claimed
    made = replace(claimed, join_url="https://teams.microsoft.com/l/x?y=%7b%22Tid%22")

    written = await identities.meetings.replace(claimed, made)

    assert written
    assert written.version != claimed.version
    assert replace(written, version="") == replace(made, version="")
    assert await identities.meetings.get() == written


async def test_only_the_present_version_can_be_replaced(identities: IdentityStore) -> None:
    claimed = await identities.meetings.replace(None, CLAIM)
    assert claimed
    present = await identities.meetings.replace(claimed, replace(CLAIM, join_url="https://one"))

    assert await identities.meetings.replace(claimed, CLAIM) is None
    assert await identities.meetings.replace(None, CLAIM) is None
    assert await identities.meetings.get() == present


async def test_of_many_who_claim_one_does(identities: IdentityStore) -> None:
    first = await asyncio.gather(*(identities.meetings.replace(None, CLAIM) for _ in range(8)))
    (claimed,) = filter(None, first)

    again = await asyncio.gather(*(identities.meetings.replace(claimed, CLAIM) for _ in range(8)))

    (present,) = filter(None, again)
    assert await identities.meetings.get() == present
