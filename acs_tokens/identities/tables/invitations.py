"""Invitations in Azure Table Storage."""

import dataclasses
import secrets
from contextlib import suppress
from datetime import datetime

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableEntity

from acs_tokens.identities.invitations import Invitation
from acs_tokens.identities.tables.account import ResourceTable, has_code, maybe_done, storage_errors
from acs_tokens.identities.tables.reads import find, keys, read_twice

FINISHED = "guestsRevoked"  # the column that `finish_removal` sets
MAX_MARKS = 32  # more writes than that do not happen between a lost response and the next read


class TableInvitations:
    """An `InvitationStore` in two tables: the invitations, and the identities created for them.

    Args:
        table: The table of the invitations, for the ACS resource that the guests' identities
            belong to.
        guests: The table of the identities, for the same resource.
    """

    def __init__(self, table: ResourceTable, guests: ResourceTable) -> None:
        self._table = table
        self._guests = guests

    async def add(self, invitation: Invitation) -> None:
        fields = {
            "expiresOn": invitation.expires_on,
            "guests": invitation.guests,
            "label": invitation.label,
            **_changing(invitation),
        }
        known = {name: value for name, value in fields.items() if value is not None}
        with storage_errors():
            table = await self._table.open()
            await table.upsert_entity(self._keys(invitation.id) | known)

    async def get(self, id_: str) -> Invitation | None:
        async def read() -> Invitation | None:
            entity = await find(await self._table.open(), id_, self._table.resource)
            return _invitation(id_, entity) if entity else None

        return await read_twice(read)

    async def replace(self, known: Invitation, changed: Invitation) -> Invitation | None:
        mark = secrets.token_hex(4)
        marks = " ".join([mark, *known.marks.split()][:MAX_MARKS])
        changed = dataclasses.replace(changed, marks=marks)
        with storage_errors():
            try:
                return await self._write(known, changed)
            except AzureError as error:
                if not maybe_done(error):
                    raise
            # It may have been done: a second one would fail then, and the marks say whose it was.
            if written := await self._write(known, changed):
                return written
            now = await self.get(known.id)
            return now if now and mark in now.marks.split() else None

    async def remove(self, id_: str) -> None:
        with storage_errors():
            table = await self._table.open()
            await table.delete_entity(id_, self._table.resource)

    async def removing_guests(self, limit: int) -> list[str]:
        return await self._ids("removesGuests eq true", limit, FINISHED)

    async def finish_removal(self, id_: str) -> None:
        with storage_errors(), suppress(ResourceNotFoundError):
            table = await self._table.open()
            await table.update_entity(self._keys(id_) | {FINISHED: True})

    async def expired(self, moment: datetime, limit: int) -> list[str]:
        return await self._ids("expiresOn lt @moment", limit, moment=moment)

    async def add_guest(self, id_: str, user_id: str) -> None:
        with storage_errors():
            table = await self._guests.open()
            await table.upsert_entity(self._guest_keys(id_, user_id))

    async def guests(self, id_: str, limit: int) -> list[str]:
        with storage_errors():
            table = await self._guests.open()
            partition = self._guest_keys(id_, "")["PartitionKey"]
            return await keys(table, "RowKey", limit, "PartitionKey eq @it", it=partition)

    async def forget_guest(self, id_: str, user_id: str) -> None:
        with storage_errors():
            table = await self._guests.open()
            await table.delete_entity(self._guest_keys(id_, user_id))

    def _keys(self, id_: str) -> dict[str, object]:
        return {"PartitionKey": id_, "RowKey": self._table.resource}

    def _guest_keys(self, id_: str, user_id: str) -> dict[str, str]:
        return {"PartitionKey": f"{id_}:{self._table.resource}", "RowKey": user_id}

    async def _ids(
        self, condition: str, limit: int, unless: str | None = None, /, **values: datetime
    ) -> list[str]:
        with storage_errors():
            table = await self._table.open()
            whole = f"RowKey eq @resource and {condition}"
            resource = self._table.resource
            return await keys(
                table, "PartitionKey", limit, whole, unless, resource=resource, **values
            )

    async def _write(self, known: Invitation, changed: Invitation) -> Invitation | None:
        table = await self._table.open()
        try:
            written = await table.update_entity(
                self._keys(known.id) | _changing(changed),
                etag=known.version,
                match_condition=MatchConditions.IfNotModified,
            )
        except (ResourceModifiedError, ResourceNotFoundError) as error:
            if has_code(error, "TableNotFound"):
                raise
            return None
        return dataclasses.replace(changed, version=str(written["etag"]))


def _changing(invitation: Invitation) -> dict[str, object]:
    return {
        "used": invitation.used,
        "isWithdrawn": invitation.is_withdrawn,
        "removesGuests": invitation.removes_guests,
        "marks": invitation.marks,
    }


def _invitation(id_: str, entity: TableEntity) -> Invitation:
    expires_on, guests, used = (entity.get(name) for name in ("expiresOn", "guests", "used"))
    if not isinstance(expires_on, datetime) or not isinstance(used, int):
        raise ValueError("an invitation without end or uses")  # noqa: TRY004 as the SDK's own
    label = entity.get("label")
    return Invitation(
        id_,
        expires_on,
        None if guests is None else int(guests),
        used,
        None if label is None else str(label),
        bool(entity["isWithdrawn"]),
        bool(entity["removesGuests"]),
        str(entity.metadata["etag"]),
        str(entity["marks"]),
    )
