"""What the identity store makes of faults of its storage."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from acs_emulator.ports import listen, port_of
from acs_tokens.identities.bans import Ban
from acs_tokens.identities.invitations import Invitation
from acs_tokens.identities.meetings import Meeting
from acs_tokens.identities.sqlite.store import SqliteStore
from acs_tokens.identities.store import IdentityStore
from acs_tokens.identities.tables import account as table_account
from acs_tokens.identities.tables.account import TableAccount
from acs_tokens.identities.tables.store import TableStore
from acs_tokens.problems import IdentityStoreUnavailableError
from tests.identities.faulty_proxy import (
    Fault,
    FaultyProxy,
    cut_short,
    failing_afterwards,
    faulty_proxy,
    hang_up,
    lose_response,
    responding,
)
from tests.identities.stores import (  # fmt: skip
    KEY,
    RESOURCE,
    Store,
    connection_string,
    new_person,
    new_tables,
    new_user,
    opened,
)
from tests.javascript import needs_node
from tests.serving import closed_port

PERSON, USER = new_person(), new_user()
ETAG = "W/\"datetime'2026-11-20T11%3A26%3A11.1246331Z'\""
INVITATION = Invitation("an id", datetime.now(UTC), 5, version=ETAG)
MEETING = Meeting("", datetime.now(UTC), datetime.now(UTC), datetime.now(UTC), version=ETAG)
UPSTREAM = b'{"odata.error": {"code": "Secret", "message": {"value": "of upstream"}}}'

Operation = Callable[[IdentityStore], Awaitable[object]]

OPERATIONS: dict[str, Operation] = {
    "get": lambda identities: identities.get(PERSON),
    "insert": lambda identities: identities.insert(PERSON, USER),
    "replace": lambda identities: identities.replace(PERSON, USER, ETAG),
    "delete": lambda identities: identities.delete(PERSON, ETAG),
    "add_orphan": lambda identities: identities.add_orphan(USER),
    "orphans": lambda identities: identities.orphans(5),
    "remove_orphan": lambda identities: identities.remove_orphan(USER),
    "touch_guest": lambda identities: identities.touch_guest(USER),
    "stale_guests": lambda identities: identities.stale_guests(datetime.now(UTC), 5),
    "remove_guest": lambda identities: identities.remove_guest(USER),
    "owner": lambda identities: identities.owner(USER),
    "put a ban": lambda identities: identities.bans.put(USER, Ban(datetime.now(UTC))),
    "get a ban": lambda identities: identities.bans.get(USER),
    "remove a ban": lambda identities: identities.bans.remove(USER),
    "list bans": lambda identities: identities.bans.since(datetime.now(UTC), 5),
    "add an invitation": lambda identities: identities.invitations.add(INVITATION),
    "get an invitation": lambda identities: identities.invitations.get(INVITATION.id),
    "change one": lambda identities: identities.invitations.replace(INVITATION, INVITATION),
    "remove one": lambda identities: identities.invitations.remove(INVITATION.id),
    "list those without guests": lambda identities: identities.invitations.removing_guests(5),
    "finish a removal": lambda identities: identities.invitations.finish_removal(INVITATION.id),
    "list the expired": lambda identities: identities.invitations.expired(datetime.now(UTC), 5),
    "add a guest": lambda identities: identities.invitations.add_guest(INVITATION.id, USER),
    "list guests": lambda identities: identities.invitations.guests(INVITATION.id, 5),
    "forget a guest": lambda identities: identities.invitations.forget_guest(INVITATION.id, USER),
    "get the meeting": lambda identities: identities.meetings.get(),
    "make the first": lambda identities: identities.meetings.replace(None, MEETING),
    "make the next": lambda identities: identities.meetings.replace(MEETING, MEETING),
    "check": lambda identities: identities.check(),
}

GONE = {
    ("delete", 404),
    ("remove_orphan", 404),
    ("remove_guest", 404),
    ("remove a ban", 404),
    ("remove one", 404),
    ("finish a removal", 404),
    ("forget a guest", 404),
}  # no errors

every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


async def is_refused(identities: IdentityStore, operation: Operation) -> str:
    """Check that an operation fails and that the error holds no secret; return its log message."""
    with pytest.raises(IdentityStoreUnavailableError) as caught:
        await operation(identities)
    said = f"{caught.value!r} {caught.value} {caught.value.detail}"
    for secret in (KEY, PERSON.tenant_id, PERSON.object_id, USER, "of upstream", "identities"):
        assert secret not in said
    return str(caught.value)


async def tables_at(url: str, key: str = KEY) -> AsyncIterator[IdentityStore]:
    async with opened(
        Store(connection=connection_string(url, key), names=new_tables())
    ) as identities:
        yield identities


@pytest.fixture
def server() -> Iterator[FaultyProxy]:
    """A proxy with nothing behind it."""
    with faulty_proxy() as server:
        yield server


@pytest.fixture
def proxy(azurite: str) -> Iterator[FaultyProxy]:
    with faulty_proxy(azurite) as proxy:
        yield proxy


@pytest.fixture
async def identities(proxy: FaultyProxy) -> AsyncIterator[IdentityStore]:
    """An identity store in Azurite, behind the proxy."""
    async for identities in tables_at(proxy.url):
        yield identities


@every_operation
async def test_nobody_listening(operation: Operation) -> None:
    with closed_port() as port:
        async for identities in tables_at(f"http://127.0.0.1:{port}"):
            assert "No response" in await is_refused(identities, operation)


STATUSES = [307, 400, 403, 404, 409, 412, 429, 503]


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        pytest.param(operation, status, id=f"{name}-{status}")
        for name, operation in OPERATIONS.items()
        for status in STATUSES
        if (name, status) not in GONE
    ],
)
async def test_an_error_of_table_storage(
    server: FaultyProxy, operation: Operation, status: int
) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        server.faults[method] = [responding(status, UPSTREAM)] * 5

    async for identities in tables_at(server.url):
        assert str(status) in await is_refused(identities, operation)


@every_operation
@pytest.mark.parametrize("status", [403, 404, 409])
async def test_tables_that_cannot_be_created(
    server: FaultyProxy, operation: Operation, status: int
) -> None:
    server.faults["table"] = [responding(status, UPSTREAM)] * 5

    async for identities in tables_at(server.url):
        assert str(status) in await is_refused(identities, operation)


@every_operation
async def test_a_server_that_sends_nothing(
    operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_account, "READ_TIMEOUT", timedelta(seconds=0.1))
    sockets = listen(0)  # the system takes connections, nobody reads from them

    async for identities in tables_at(f"http://127.0.0.1:{port_of(sockets)}"):
        assert "No response" in await is_refused(identities, operation)

    for socket in sockets:
        socket.close()


@needs_node
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b"5", b"{}", b'{"userId": 5}', b'{"userId": "8:acs:x"}'],
)
async def test_a_success_that_makes_no_sense(
    identities: IdentityStore, proxy: FaultyProxy, body: bytes
) -> None:
    proxy.faults["GET"] = [responding(200, body)]

    await is_refused(identities, OPERATIONS["get"])


@needs_node
async def test_a_response_that_breaks_off(identities: IdentityStore, proxy: FaultyProxy) -> None:
    proxy.faults["GET"] = [cut_short, cut_short]

    assert "broke off" in await is_refused(identities, OPERATIONS["get"])


@needs_node
async def test_a_web_page_is_no_entry(identities: IdentityStore, proxy: FaultyProxy) -> None:
    proxy.faults["GET"] = [responding(200, b"<html>of upstream</html>", "text/html")]

    await is_refused(identities, OPERATIONS["get"])


@needs_node
async def test_a_wrong_account_key(azurite: str) -> None:
    async for identities in tables_at(azurite, KEY[::-1].replace("=", "") + "=="):
        assert "account key" in await is_refused(identities, OPERATIONS["get"])


@needs_node
async def test_tables_are_created_once(identities: IdentityStore, proxy: FaultyProxy) -> None:
    await identities.check()
    await identities.check()

    assert proxy.requests == ["table", "GET", "GET"]


@needs_node
@pytest.mark.parametrize("operation", ["get", "insert", "replace", "orphans"])
async def test_a_table_that_was_dropped_is_not_an_empty_one(azurite: str, operation: str) -> None:
    account, names = TableAccount.from_connection_string(SecretStr(connection_string(azurite))), new_tables()  # fmt: skip
    identities = TableStore(account, RESOURCE, names)
    for name in (names.identities, names.orphans):
        await (await account.table(name)).delete_table()

    await is_refused(identities, OPERATIONS[operation])
    await identities.aclose()


@needs_node
@pytest.mark.parametrize(
    "fault", [hang_up, responding(408), responding(500), responding(503)], ids=["reset", "408", "500", "503"]
)  # fmt: skip
async def test_reading_is_tried_twice(
    identities: IdentityStore, proxy: FaultyProxy, fault: Fault
) -> None:
    await identities.check()
    proxy.requests.clear()
    proxy.faults["GET"] = [fault]

    assert await identities.get(PERSON) is None
    assert proxy.requests[-1] == "GET"


@pytest.mark.parametrize(("status", "sent"), [(503, 2), (403, 1)])
async def test_reading_is_tried_no_more_than_twice(
    server: FaultyProxy, status: int, sent: int
) -> None:
    server.faults["GET"] = [responding(status)] * 5

    async for identities in tables_at(server.url):
        await is_refused(identities, OPERATIONS["get"])

    assert server.requests == ["table", *["GET"] * sent]


LOST = pytest.mark.parametrize(
    "lost", [hang_up, lose_response, responding(500), failing_afterwards(503)], ids=["not done", "done", "500", "503 when done"]
)  # fmt: skip


@needs_node
@LOST
async def test_an_insert_without_a_response_is_done_once(
    identities: IdentityStore, proxy: FaultyProxy, lost: Fault
) -> None:
    person, user = new_person(), new_user()
    proxy.faults["POST"] = [lost]

    assert await identities.insert(person, user) is True

    entry = await identities.get(person)
    assert entry
    assert entry.user_id == user


@needs_node
@LOST
async def test_a_replacement_without_a_response_is_done_once(
    identities: IdentityStore, proxy: FaultyProxy, lost: Fault
) -> None:
    person, user = new_person(), new_user()
    await identities.insert(person, new_user())
    before = await identities.get(person)
    assert before
    proxy.faults["PATCH"] = [lost]

    assert await identities.replace(person, user, before.etag) is True

    entry = await identities.get(person)
    assert entry
    assert entry.user_id == user


@needs_node
async def test_an_insert_between_another_one_and_its_repetition_wins(
    identities: IdentityStore, proxy: FaultyProxy
) -> None:
    person, winner = new_person(), new_user()

    async def lose(server: FaultyProxy, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).replace(loser.encode(), winner.encode())
        assert (await server.forward(request, body)).status == 201
        return await hang_up(server, request)

    loser = new_user()
    proxy.faults["POST"] = [lose]

    assert await identities.insert(person, loser) is False

    entry = await identities.get(person)
    assert entry
    assert entry.user_id == winner


@needs_node
async def test_an_insert_that_gets_no_response_at_all_is_an_error(
    identities: IdentityStore, proxy: FaultyProxy
) -> None:
    proxy.faults["POST"] = [lose_response, hang_up]

    await is_refused(identities, OPERATIONS["insert"])


@needs_node
@LOST
async def test_a_use_without_a_response_is_counted_once(
    identities: IdentityStore, proxy: FaultyProxy, lost: Fault
) -> None:
    await identities.invitations.add(INVITATION)
    known = await identities.invitations.get(INVITATION.id)
    assert known
    proxy.faults["PATCH"] = [lost]

    written = await identities.invitations.replace(known, replace(known, used=1))

    assert written
    assert await identities.invitations.get(INVITATION.id) == written
    assert written.used == 1


@needs_node
async def test_a_use_between_another_one_and_its_repetition_is_counted_too(
    azurite: str, proxy: FaultyProxy
) -> None:
    names = new_tables()
    account = TableAccount.from_connection_string(SecretStr(connection_string(proxy.url)))
    identities = TableStore(account, RESOURCE, names)
    await identities.invitations.add(INVITATION)
    known = await identities.invitations.get(INVITATION.id)
    assert known

    async def use_between(server: FaultyProxy, request: web.Request) -> web.StreamResponse:
        assert (await server.forward(request)).status == 204
        async with opened(Store(connection=connection_string(azurite), names=names)) as others:
            now = await others.invitations.get(INVITATION.id)
            assert now
            assert await others.invitations.replace(now, replace(now, used=now.used + 1))
        return await hang_up(server, request)

    proxy.faults["PATCH"] = [use_between]

    written = await identities.invitations.replace(known, replace(known, used=1))

    assert written
    assert written.used == 2
    await identities.aclose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "identities.db"


@every_operation
async def test_a_folder_that_is_missing(file: Path, operation: Operation) -> None:
    identities = SqliteStore(file.parent / "missing" / file.name, RESOURCE)

    assert "SQLITE_CANTOPEN" in await is_refused(identities, operation)


@every_operation
async def test_a_file_that_is_no_database(operation: Operation) -> None:
    identities = SqliteStore(Path(__file__), RESOURCE)

    assert "SQLITE_NOTADB" in await is_refused(identities, operation)


async def test_a_file_that_stays_locked(file: Path) -> None:
    async with opened(Store(file=file)) as before:
        await before.insert(PERSON, USER)
    identities = SqliteStore(file, RESOURCE, patience=timedelta(seconds=0.1))
    await identities.check()
    writer = sqlite3.connect(file)
    writer.execute("BEGIN IMMEDIATE")

    assert "SQLITE_BUSY" in await is_refused(identities, OPERATIONS["add_orphan"])
    assert await identities.get(PERSON)  # reading goes on

    writer.close()
    await identities.add_orphan(USER)
    await identities.aclose()
