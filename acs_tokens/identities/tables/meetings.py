"""The shared meeting in Azure Table Storage."""

import dataclasses
from datetime import datetime

from azure.core import MatchConditions
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableEntity

from acs_tokens.identities.meetings import Meeting
from acs_tokens.identities.tables.account import ResourceTable, has_code, storage_errors
from acs_tokens.identities.tables.reads import find, read_twice

ROW = "shared"


class TableMeetings:
    """A `MeetingStore` in a table.

    Args:
        table: The table to use, for the ACS resource whose users meet.
    """

    def __init__(self, table: ResourceTable) -> None:
        self._table = table

    async def get(self) -> Meeting | None:
        async def read() -> Meeting | None:
            entity = await find(await self._table.open(), self._table.resource, ROW)
            return _meeting(entity) if entity else None

        return await read_twice(read)

    async def replace(self, known: Meeting | None, changed: Meeting) -> Meeting | None:
        entity = {
            "PartitionKey": self._table.resource,
            "RowKey": ROW,
            "joinUrl": changed.join_url,
            "startsOn": changed.starts_on,
            "endsOn": changed.ends_on,
            "claimedUntil": changed.claimed_until,
        }
        with storage_errors():
            table = await self._table.open()
            try:
                if known is None:
                    written = await table.create_entity(entity)
                else:
                    written = await table.update_entity(
                        entity,
                        etag=known.version,
                        match_condition=MatchConditions.IfNotModified,
                    )
            except (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError) as error:
                if known is None and not has_code(error, "EntityAlreadyExists"):
                    raise
                if has_code(error, "TableNotFound"):
                    raise
                return None
            return dataclasses.replace(changed, version=str(written["etag"]))


def _meeting(entity: TableEntity) -> Meeting:
    times = [entity.get(name) for name in ("startsOn", "endsOn", "claimedUntil")]
    starts_on, ends_on, claimed_until = (time for time in times if isinstance(time, datetime))
    version = str(entity.metadata["etag"])
    return Meeting(str(entity["joinUrl"]), starts_on, ends_on, claimed_until, version)
