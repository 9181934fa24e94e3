"""What a store of bans promises, in SQLite and in Table Storage."""

from datetime import UTC, datetime, timedelta

import pytest

from acs_tokens.identities.bans import Ban
from acs_tokens.identities.store import IdentityStore
from acs_tokens.oidc.person import OidcUser, Person
from tests.identities.stores import Store, new_person, new_user, opened
from tests.identities.test_identity_store import OTHER_RESOURCE

NOW = datetime(2026, 11, 21, 8, 30, 15, 123456, tzinfo=UTC)
OTHERS = OidcUser("https://login.example/a?b", " 'a' b:c/\\#?%25 ")  # of another provider


async def test_nobody_is_banned_at_first(identities: IdentityStore) -> None:
    assert await identities.bans.get(new_user()) is None


async def test_a_ban_is_read_as_it_was_written(identities: IdentityStore) -> None:
    whole = Ban(NOW, NOW + timedelta(minutes=5), "Shouted \N{SNOWMAN} at 'everybody'")
    bare = Ban(NOW)
    user, person = new_user(), new_person().key

    await identities.bans.put(user, whole)
    await identities.bans.put(person, bare)

    assert await identities.bans.get(user) == whole
    assert await identities.bans.get(person) == bare


async def test_a_later_ban_replaces_all_of_the_earlier_one(identities: IdentityStore) -> None:
    user = new_user()
    await identities.bans.put(user, Ban(NOW, NOW + timedelta(days=1), "first"))

    await identities.bans.put(user, Ban(NOW + timedelta(hours=1)))

    assert await identities.bans.get(user) == Ban(NOW + timedelta(hours=1))


async def test_a_removed_ban_is_gone_and_removing_none_is_no_error(
    identities: IdentityStore,
) -> None:
    user, other = new_user(), new_user()
    for each in (user, other):
        await identities.bans.put(each, Ban(NOW))

    await identities.bans.remove(user)
    await identities.bans.remove(new_user())

    assert await identities.bans.get(user) is None
    assert await identities.bans.get(other)


async def test_a_user_id_means_the_same_in_either_case(identities: IdentityStore) -> None:
    user = new_user()
    shouted = user.upper().replace("ACS", "acs")
    await identities.bans.put(shouted, Ban(NOW, None, "first"))
    await identities.bans.put(user, Ban(NOW))

    assert await identities.bans.get(shouted) == await identities.bans.get(user) == Ban(NOW)
    assert len(await identities.bans.since(NOW - timedelta(days=1), 10)) == 1
    await identities.bans.remove(shouted)
    assert await identities.bans.get(user) is None


async def test_people_of_other_providers_differ_by_case(identities: IdentityStore) -> None:
    await identities.bans.put(OTHERS.key, Ban(NOW))

    assert OTHERS.key.upper() != OTHERS.key
    assert await identities.bans.get(OTHERS.key.upper()) is None


async def test_each_resource_has_its_own_bans_and_owners(
    identities: IdentityStore, store: Store
) -> None:
    user = new_user()
    await identities.bans.put(user, Ban(NOW))
    await identities.insert(new_person(), user)

    async with opened(store.of(OTHER_RESOURCE)) as others:
        assert await others.bans.get(user) is None
        assert await others.bans.since(NOW - timedelta(days=1), 10) == []
        assert await others.owner(user) is None


async def test_bans_are_listed_from_a_moment_on(identities: IdentityStore) -> None:
    old, *new = new_user(), new_user(), new_person().key, OTHERS.key
    await identities.bans.put(old, Ban(NOW - timedelta(hours=2)))
    for each in new:
        await identities.bans.put(each, Ban(NOW))

    listed = await identities.bans.since(NOW - timedelta(hours=1), 10)

    assert sorted(listed) == sorted(new)
    assert len(await identities.bans.since(NOW - timedelta(hours=1), 2)) == 2


async def test_a_ban_is_over_at_its_end_and_not_before() -> None:
    now = datetime.now(UTC)

    assert Ban(now, now).is_over
    assert not Ban(now, now + timedelta(minutes=1)).is_over
    assert not Ban(now).is_over


@pytest.mark.parametrize("person", [new_person(), OTHERS], ids=lambda one: type(one).__name__)
async def test_the_owner_of_an_identity_is_known_also_after_its_end(
    identities: IdentityStore, person: Person
) -> None:
    first, second = new_user(), new_user()
    await identities.insert(person, first)
    entry = await identities.get(person)
    assert entry
    await identities.replace(person, second, entry.etag)
    entry = await identities.get(person)
    assert entry
    await identities.delete(person, entry.etag)

    assert await identities.owner(first) == person
    assert await identities.owner(second) == person
    assert await identities.owner(new_user()) is None
