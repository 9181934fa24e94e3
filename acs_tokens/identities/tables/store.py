"""The identity store in Azure Table Storage, for any number of instances of the service."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Self

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)

from acs_tokens.identities.store import Entry
from acs_tokens.identities.tables.account import (
    ResourceTable,
    TableAccount,
    has_code,
    maybe_done,
    storage_errors,
)
from acs_tokens.identities.tables.bans import TableBans
from acs_tokens.identities.tables.invitations import TableInvitations
from acs_tokens.identities.tables.meetings import TableMeetings
from acs_tokens.identities.tables.owners import TableOwners
from acs_tokens.identities.tables.reads import find, keys, read_twice
from acs_tokens.models.values import NIL_GUID
from acs_tokens.oidc.person import EntraUser, Person


@dataclass(frozen=True)
class TableNames:
    """The tables' names: 3 to 63 letters and digits each. Missing tables are created."""

    identities: str
    orphans: str
    guests: str
    owners: str
    bans: str
    invitations: str
    invited: str
    meetings: str

    @classmethod
    def with_prefix(cls, prefix: str) -> Self:
        """Name the tables after what they hold, with a prefix of 1 to 50 letters and digits."""
        return cls(*(prefix + each.name for each in fields(cls)))


class TableStore:
    """An `IdentityStore` in tables.

    Args:
        account: The storage account.
        resource: The host name of the ACS resource that the identities belong to. It is part of
            each key, so that resources may share the tables.
        names: The tables to use.
    """

    # Keys must not contain / \ # ?, and GUIDs, host names and user ids do not.

    def __init__(self, account: TableAccount, resource: str, names: TableNames) -> None:
        self._account = account
        self._resource = resource
        self._names = names

        def table(name: str) -> ResourceTable:
            return ResourceTable(account, name, resource)

        self._owners = TableOwners(table(names.owners))
        self.bans = TableBans(table(names.bans))
        self.meetings = TableMeetings(table(names.meetings))
        self.invitations = TableInvitations(table(names.invitations), table(names.invited))

    async def get(self, person: Person) -> Entry | None:
        return await read_twice(lambda: self._find(person))

    async def insert(self, person: Person, user_id: str) -> bool:
        async def write() -> bool:
            table = await self._account.table(self._names.identities)
            try:
                await table.create_entity(self._entity(person, user_id))
            except ResourceExistsError as error:
                if not has_code(error, "EntityAlreadyExists"):
                    raise
                return False
            return True

        await self._owners.note(user_id, person)
        return await self._write_once(write, person, user_id)

    async def replace(self, person: Person, user_id: str, etag: str) -> bool:
        async def write() -> bool:
            table = await self._account.table(self._names.identities)
            try:
                await table.update_entity(
                    self._entity(person, user_id),
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                )
            except (ResourceModifiedError, ResourceNotFoundError) as error:
                if has_code(error, "TableNotFound"):
                    raise
                return False
            return True

        await self._owners.note(user_id, person)
        return await self._write_once(write, person, user_id)

    async def delete(self, person: Person, etag: str) -> None:
        with storage_errors():
            table = await self._account.table(self._names.identities)
            with suppress(ResourceModifiedError):
                await table.delete_entity(
                    self._keys(person), etag=etag, match_condition=MatchConditions.IfNotModified
                )

    async def owner(self, user_id: str) -> Person | None:
        return await self._owners.of(user_id)

    async def add_orphan(self, user_id: str) -> None:
        await self._note(self._names.orphans, user_id, "createdAt")

    async def orphans(self, limit: int) -> list[str]:
        return await self._noted(self._names.orphans, "PartitionKey eq @resource", limit)

    async def remove_orphan(self, user_id: str) -> None:
        await self._unnote(self._names.orphans, user_id)

    async def touch_guest(self, user_id: str) -> None:
        await self._note(self._names.guests, user_id, "lastSeen")

    async def stale_guests(self, moment: datetime, limit: int) -> list[str]:
        condition = "PartitionKey eq @resource and lastSeen lt @moment"
        return await self._noted(self._names.guests, condition, limit, moment=moment)

    async def remove_guest(self, user_id: str) -> None:
        await self._unnote(self._names.guests, user_id)

    async def check(self) -> None:
        await self.get(EntraUser(NIL_GUID, NIL_GUID))

    async def aclose(self) -> None:
        await self._account.aclose()

    def _keys(self, person: Person) -> dict[str, str]:
        return {"PartitionKey": ":".join(person.store_key), "RowKey": self._resource}

    def _entity(self, person: Person, user_id: str) -> dict[str, object]:
        return {**self._keys(person), "userId": user_id, "createdAt": datetime.now(UTC)}

    async def _find(self, person: Person) -> Entry | None:
        table, keys = await self._account.table(self._names.identities), self._keys(person)
        entity = await find(table, keys["PartitionKey"], keys["RowKey"])
        if entity is None:
            return None
        user_id, etag = entity["userId"], entity.metadata["etag"]
        if not isinstance(user_id, str) or not etag:
            raise ValueError("an entry without user id or version")
        return Entry(user_id, etag)

    async def _write_once(
        self, write: Callable[[], Awaitable[bool]], person: Person, user_id: str
    ) -> bool:
        """Write; if the outcome is uncertain, write again, and read whose write was first."""
        with storage_errors():
            try:
                return await write()
            except AzureError as error:
                if not maybe_done(error):
                    raise
            if await write():
                return True
            entry = await self._find(person)
            return entry is not None and entry.user_id == user_id

    async def _note(self, name: str, user_id: str, column: str) -> None:
        with storage_errors():
            table = await self._account.table(name)
            await table.upsert_entity(
                {"PartitionKey": self._resource, "RowKey": user_id, column: datetime.now(UTC)}
            )

    async def _noted(self, name: str, condition: str, limit: int, **values: datetime) -> list[str]:
        with storage_errors():
            table = await self._account.table(name)
            return await keys(table, "RowKey", limit, condition, resource=self._resource, **values)

    async def _unnote(self, name: str, user_id: str) -> None:
        with storage_errors():
            table = await self._account.table(name)
            await table.delete_entity(self._resource, user_id)
