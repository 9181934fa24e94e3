"""What the identity map promises, in either storage."""

from datetime import UTC, datetime, timedelta

from acs_tokens.identities.store import Entry, IdentityStore
from tests.identities.stores import Store, new_person, new_user, opened

OTHER_RESOURCE = "localhost:7072"


async def entry_of(people: IdentityStore) -> Entry:
    """The entry of somebody with an identity."""
    person = new_person()
    assert await people.insert(person, new_user())
    entry = await people.get(person)
    assert entry
    return entry


async def test_who_is_not_known_has_no_entry(people: IdentityStore) -> None:
    assert await people.get(new_person()) is None


async def test_who_was_inserted_is_found(people: IdentityStore) -> None:
    person, user = new_person(), new_user()

    assert await people.insert(person, user) is True

    entry = await people.get(person)
    assert entry
    assert entry.user_id == user
    assert entry.etag


async def test_a_second_insert_is_refused_and_changes_nothing(people: IdentityStore) -> None:
    person = new_person()
    await people.insert(person, new_user())
    before = await people.get(person)

    assert await people.insert(person, new_user()) is False
    assert await people.get(person) == before


async def test_people_who_differ_in_one_id_are_two(people: IdentityStore) -> None:
    one, other = new_person(), new_person()
    mixed = type(one)(one.tenant_id, other.object_id)
    await people.insert(one, new_user())
    await people.insert(other, new_user())

    assert await people.get(mixed) is None


async def test_resources_do_not_meet(people: IdentityStore, store: Store) -> None:
    person = new_person()
    await people.insert(person, new_user())
    await people.add_orphan(new_user())
    await people.touch_guest(new_user())

    async with opened(store.of(OTHER_RESOURCE)) as others:
        assert await others.get(person) is None
        assert await others.insert(person, new_user()) is True
        assert await others.orphans(10) == []
        assert await others.stale_guests(datetime.now(UTC), 10) == []


async def test_what_one_writes_another_reads(people: IdentityStore, store: Store) -> None:
    person, user = new_person(), new_user()

    async with opened(store) as elsewhere:
        assert await elsewhere.get(person) is None
        await people.insert(person, user)
        entry = await elsewhere.get(person)

    assert entry
    assert entry == await people.get(person)


async def test_an_entry_outlives_the_process(store: Store) -> None:
    person, user = new_person(), new_user()
    async with opened(store) as before:
        await before.insert(person, user)

    async with opened(store) as after:
        entry = await after.get(person)

    assert entry
    assert entry.user_id == user


async def test_replacing_gives_the_person_another_identity_and_version(
    people: IdentityStore,
) -> None:
    person, user = new_person(), new_user()
    await people.insert(person, new_user())
    before = await people.get(person)
    assert before

    assert await people.replace(person, user, before.etag) is True

    after = await people.get(person)
    assert after
    assert after.user_id == user
    assert after.etag != before.etag


async def test_replacing_what_has_changed_is_refused(people: IdentityStore) -> None:
    person = new_person()
    await people.insert(person, new_user())
    before = await people.get(person)
    assert before
    await people.replace(person, new_user(), before.etag)
    now = await people.get(person)

    assert await people.replace(person, new_user(), before.etag) is False
    assert await people.get(person) == now


async def test_replacing_with_the_version_of_another_is_refused(people: IdentityStore) -> None:
    person, other = new_person(), await entry_of(people)
    await people.insert(person, new_user())

    assert await people.replace(person, new_user(), other.etag) is False


async def test_replacing_what_is_gone_is_refused(people: IdentityStore) -> None:
    person = new_person()
    await people.insert(person, new_user())
    entry = await people.get(person)
    assert entry
    await people.delete(person, entry.etag)

    assert await people.replace(person, new_user(), entry.etag) is False
    assert await people.get(person) is None


async def test_who_was_deleted_is_gone_and_may_come_again(people: IdentityStore) -> None:
    person, user = new_person(), new_user()
    await people.insert(person, new_user())
    entry = await people.get(person)
    assert entry

    assert await people.delete(person, entry.etag) is True

    assert await people.get(person) is None
    assert await people.insert(person, user) is True


async def test_deleting_what_has_changed_is_refused(people: IdentityStore) -> None:
    person = new_person()
    await people.insert(person, new_user())
    before = await people.get(person)
    assert before
    await people.replace(person, new_user(), before.etag)
    now = await people.get(person)

    assert await people.delete(person, before.etag) is False
    assert await people.get(person) == now


async def test_deleting_what_is_gone_or_was_never_there_is_refused(people: IdentityStore) -> None:
    person, other = new_person(), await entry_of(people)
    await people.insert(person, new_user())
    entry = await people.get(person)
    assert entry
    await people.delete(person, entry.etag)

    assert await people.delete(person, entry.etag) is False
    assert await people.delete(new_person(), other.etag) is False


async def test_a_version_never_returns(people: IdentityStore) -> None:
    person, user = new_person(), new_user()
    await people.insert(person, user)
    first = await people.get(person)
    assert first
    await people.delete(person, first.etag)
    await people.insert(person, user)

    assert await people.delete(person, first.etag) is False


async def test_orphans_are_noted_once_until_they_are_removed(people: IdentityStore) -> None:
    one, other = new_user(), new_user()
    for user in (one, other, one):
        await people.add_orphan(user)
    assert sorted(await people.orphans(10)) == sorted([one, other])

    await people.remove_orphan(one)
    await people.remove_orphan(new_user())

    assert await people.orphans(10) == [other]


async def test_no_more_orphans_are_listed_than_asked_for(people: IdentityStore) -> None:
    users = {new_user() for _ in range(5)}
    for user in users:
        await people.add_orphan(user)

    some = await people.orphans(3)

    assert len(set(some)) == 3
    assert set(some) < users
    assert set(await people.orphans(5000)) == users


async def test_the_ids_of_all_clouds_can_be_noted(people: IdentityStore) -> None:
    users = {new_user().replace("8:", cloud, 1) for cloud in ("8:", "8:dod-", "8:gcch-")}
    users.add(new_user() + "_-Zz" * 10)
    for user in users:
        await people.add_orphan(user)
        await people.touch_guest(user)

    assert set(await people.orphans(10)) == users
    assert set(await people.stale_guests(datetime.now(UTC), 10)) == users


async def test_guests_are_listed_from_the_moment_after_they_were_seen(
    people: IdentityStore,
) -> None:
    guest, start = new_user(), datetime.now(UTC)
    await people.touch_guest(guest)
    seen = datetime.now(UTC)

    assert await people.stale_guests(start, 10) == []
    assert await people.stale_guests(seen, 10) == [guest]
    await people.touch_guest(guest)
    assert await people.stale_guests(seen, 10) == []
    assert await people.stale_guests(seen + timedelta(hours=1), 10) == [guest]


async def test_no_more_guests_are_listed_than_asked_for(people: IdentityStore) -> None:
    for _ in range(3):
        await people.touch_guest(new_user())

    assert len(await people.stale_guests(datetime.now(UTC), 2)) == 2


async def test_a_guest_who_is_forgotten_is_not_listed(people: IdentityStore) -> None:
    guest = new_user()
    await people.touch_guest(guest)

    await people.remove_guest(guest)
    await people.remove_guest(new_user())

    assert await people.stale_guests(datetime.now(UTC), 10) == []


async def test_the_check_passes_where_nobody_is_known_yet(people: IdentityStore) -> None:
    await people.check()

    assert await people.orphans(1) == []
