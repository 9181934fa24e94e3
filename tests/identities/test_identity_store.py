"""What an identity store promises, in SQLite and in Table Storage."""

from datetime import UTC, datetime, timedelta

from acs_tokens.identities.store import Entry, IdentityStore
from tests.identities.stores import Store, new_person, new_user, opened

OTHER_RESOURCE = "localhost:7072"


async def entry_of(identities: IdentityStore) -> Entry:
    """Return the entry of a new person with an identity."""
    person = new_person()
    assert await identities.insert(person, new_user())
    entry = await identities.get(person)
    assert entry
    return entry


async def test_an_unknown_person_has_no_entry(identities: IdentityStore) -> None:
    assert await identities.get(new_person()) is None


async def test_an_inserted_person_is_found(identities: IdentityStore) -> None:
    person, user = new_person(), new_user()

    assert await identities.insert(person, user) is True

    entry = await identities.get(person)
    assert entry
    assert entry.user_id == user
    assert entry.etag


async def test_a_second_insert_is_refused_and_changes_nothing(identities: IdentityStore) -> None:
    person = new_person()
    await identities.insert(person, new_user())
    before = await identities.get(person)

    assert await identities.insert(person, new_user()) is False
    assert await identities.get(person) == before


async def test_persons_who_differ_in_one_id_are_two(identities: IdentityStore) -> None:
    one, other = new_person(), new_person()
    mixed = type(one)(one.tenant_id, other.object_id)
    await identities.insert(one, new_user())
    await identities.insert(other, new_user())

    assert await identities.get(mixed) is None


async def test_each_resource_has_its_own_entries(identities: IdentityStore, store: Store) -> None:
    person = new_person()
    await identities.insert(person, new_user())
    await identities.add_orphan(new_user())
    await identities.touch_guest(new_user())

    async with opened(store.of(OTHER_RESOURCE)) as others:
        assert await others.get(person) is None
        assert await others.insert(person, new_user()) is True
        assert await others.orphans(10) == []
        assert await others.stale_guests(datetime.now(UTC), 10) == []


async def test_another_process_reads_what_one_writes(
    identities: IdentityStore, store: Store
) -> None:
    person, user = new_person(), new_user()

    async with opened(store) as elsewhere:
        assert await elsewhere.get(person) is None
        await identities.insert(person, user)
        entry = await elsewhere.get(person)

    assert entry
    assert entry == await identities.get(person)


async def test_an_entry_outlives_the_process(store: Store) -> None:
    person, user = new_person(), new_user()
    async with opened(store) as before:
        await before.insert(person, user)

    async with opened(store) as after:
        entry = await after.get(person)

    assert entry
    assert entry.user_id == user


async def test_replacing_gives_the_person_another_identity_and_version(
    identities: IdentityStore,
) -> None:
    person, user = new_person(), new_user()
    await identities.insert(person, new_user())
    before = await identities.get(person)
    assert before

    assert await identities.replace(person, user, before.etag) is True

    after = await identities.get(person)
    assert after
    assert after.user_id == user
    assert after.etag != before.etag


async def test_replacing_a_changed_entry_is_refused(identities: IdentityStore) -> None:
    person = new_person()
    await identities.insert(person, new_user())
    before = await identities.get(person)
    assert before
    await identities.replace(person, new_user(), before.etag)
    now = await identities.get(person)

    assert await identities.replace(person, new_user(), before.etag) is False
    assert await identities.get(person) == now


async def test_replacing_with_the_version_of_another_entry_is_refused(
    identities: IdentityStore,
) -> None:
    person, other = new_person(), await entry_of(identities)
    await identities.insert(person, new_user())

    assert await identities.replace(person, new_user(), other.etag) is False


async def test_replacing_a_deleted_entry_is_refused(identities: IdentityStore) -> None:
    person = new_person()
    await identities.insert(person, new_user())
    entry = await identities.get(person)
    assert entry
    await identities.delete(person, entry.etag)

    assert await identities.replace(person, new_user(), entry.etag) is False
    assert await identities.get(person) is None


async def test_a_deleted_person_is_gone_and_may_be_inserted_again(
    identities: IdentityStore,
) -> None:
    person, user = new_person(), new_user()
    await identities.insert(person, new_user())
    entry = await identities.get(person)
    assert entry

    await identities.delete(person, entry.etag)

    assert await identities.get(person) is None
    assert await identities.insert(person, user) is True


async def test_deleting_a_changed_entry_changes_nothing(identities: IdentityStore) -> None:
    person = new_person()
    await identities.insert(person, new_user())
    before = await identities.get(person)
    assert before
    await identities.replace(person, new_user(), before.etag)
    now = await identities.get(person)

    await identities.delete(person, before.etag)

    assert await identities.get(person) == now


async def test_deleting_an_entry_that_does_not_exist_is_no_error(identities: IdentityStore) -> None:
    person, other = new_person(), await entry_of(identities)
    await identities.insert(person, new_user())
    entry = await identities.get(person)
    assert entry
    await identities.delete(person, entry.etag)

    await identities.delete(person, entry.etag)
    await identities.delete(new_person(), other.etag)

    assert await identities.get(person) is None


async def test_a_version_never_returns(identities: IdentityStore) -> None:
    person, user = new_person(), new_user()
    await identities.insert(person, user)
    first = await identities.get(person)
    assert first
    await identities.delete(person, first.etag)
    await identities.insert(person, user)

    await identities.delete(person, first.etag)

    assert await identities.get(person) is not None


async def test_orphans_are_noted_once_until_they_are_removed(identities: IdentityStore) -> None:
    one, other = new_user(), new_user()
    for user in (one, other, one):
        await identities.add_orphan(user)
    assert sorted(await identities.orphans(10)) == sorted([one, other])

    await identities.remove_orphan(one)
    await identities.remove_orphan(new_user())

    assert await identities.orphans(10) == [other]


async def test_no_more_orphans_are_listed_than_asked_for(identities: IdentityStore) -> None:
    users = {new_user() for _ in range(5)}
    for user in users:
        await identities.add_orphan(user)

    some = await identities.orphans(3)

    assert len(set(some)) == 3
    assert set(some) < users
    assert set(await identities.orphans(5000)) == users


async def test_the_ids_of_all_clouds_can_be_noted(identities: IdentityStore) -> None:
    users = {new_user().replace("8:", cloud, 1) for cloud in ("8:", "8:dod-", "8:gcch-")}
    users.add(new_user() + "_-Zz" * 10)
    for user in users:
        await identities.add_orphan(user)
        await identities.touch_guest(user)

    assert set(await identities.orphans(10)) == users
    assert set(await identities.stale_guests(datetime.now(UTC), 10)) == users


async def test_guests_are_listed_from_the_moment_after_they_were_seen(
    identities: IdentityStore,
) -> None:
    guest, start = new_user(), datetime.now(UTC)
    await identities.touch_guest(guest)
    seen = datetime.now(UTC)

    assert await identities.stale_guests(start, 10) == []
    assert await identities.stale_guests(seen, 10) == [guest]
    await identities.touch_guest(guest)
    assert await identities.stale_guests(seen, 10) == []
    assert await identities.stale_guests(seen + timedelta(hours=1), 10) == [guest]


async def test_no_more_guests_are_listed_than_asked_for(identities: IdentityStore) -> None:
    for _ in range(3):
        await identities.touch_guest(new_user())

    assert len(await identities.stale_guests(datetime.now(UTC), 2)) == 2


async def test_a_guest_who_is_forgotten_is_not_listed(identities: IdentityStore) -> None:
    guest = new_user()
    await identities.touch_guest(guest)

    await identities.remove_guest(guest)
    await identities.remove_guest(new_user())

    assert await identities.stale_guests(datetime.now(UTC), 10) == []


async def test_the_check_passes_in_an_empty_store(identities: IdentityStore) -> None:
    await identities.check()

    assert await identities.orphans(1) == []
