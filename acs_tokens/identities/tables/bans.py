"""Bans in Azure Table Storage."""

import hashlib
from datetime import datetime

from azure.data.tables import TableEntity, UpdateMode

from acs_tokens.identities.bans import Ban, ban_key
from acs_tokens.identities.tables.account import ResourceTable, storage_errors
from acs_tokens.identities.tables.reads import find, keys, read_twice


class TableBans:
    """A `BanStore` in a table. Each ban is a partition, so that look-ups spread over the servers.

    Args:
        table: The table to use, for the ACS resource that the bans are for.
    """

    def __init__(self, table: ResourceTable) -> None:
        self._table = table

    async def put(self, subject: str, ban: Ban) -> None:
        fields = {"bannedOn": ban.banned_on, "until": ban.until, "reason": ban.reason}
        known = {name: value for name, value in fields.items() if value is not None}
        with storage_errors():
            table = await self._table.open()
            await table.upsert_entity(
                {
                    "PartitionKey": _key(subject),
                    "RowKey": self._table.resource,
                    "subject": ban_key(subject),
                    **known,
                },
                mode=UpdateMode.REPLACE,
            )

    async def get(self, subject: str) -> Ban | None:
        async def read() -> Ban | None:
            entity = await find(await self._table.open(), _key(subject), self._table.resource)
            return _ban(entity) if entity else None

        return await read_twice(read)

    async def remove(self, subject: str) -> None:
        with storage_errors():
            table = await self._table.open()
            await table.delete_entity(_key(subject), self._table.resource)

    async def since(self, moment: datetime, limit: int) -> list[str]:
        with storage_errors():
            table = await self._table.open()
            condition = "RowKey eq @resource and bannedOn gt @moment"
            return await keys(
                table, "subject", limit, condition, resource=self._table.resource, moment=moment
            )


def _key(subject: str) -> str:
    """Return a key for any text: those of tables must not contain / \\ # ?"""
    return hashlib.sha256(ban_key(subject).encode()).hexdigest()


def _ban(entity: TableEntity) -> Ban:
    banned_on, until, reason = (entity.get(name) for name in ("bannedOn", "until", "reason"))
    if not isinstance(banned_on, datetime) or not isinstance(until, datetime | None):
        raise ValueError("a ban without times")  # noqa: TRY004 as the SDK's own
    return Ban(banned_on, until, None if reason is None else str(reason))
