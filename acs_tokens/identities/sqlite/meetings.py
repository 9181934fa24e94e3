"""The shared meeting in a SQLite file."""

import dataclasses
import secrets
from datetime import datetime

from acs_tokens.identities.meetings import Meeting
from acs_tokens.identities.sqlite.file import SqliteFile, as_text

TABLE = (
    "CREATE TABLE IF NOT EXISTS meetings (resource TEXT PRIMARY KEY, join_url TEXT NOT NULL,"
    " starts_on TEXT NOT NULL, ends_on TEXT NOT NULL, claimed_until TEXT NOT NULL,"
    " version TEXT NOT NULL) WITHOUT ROWID"
)


class SqliteMeetings:
    """A `MeetingStore` in a file.

    Args:
        file: The file, which has `TABLE`.
        resource: The host name of the ACS resource whose users meet.
    """

    def __init__(self, file: SqliteFile, resource: str) -> None:
        self._file = file
        self._resource = resource

    async def get(self) -> Meeting | None:
        rows = await self._file.rows(
            "SELECT join_url, starts_on, ends_on, claimed_until, version FROM meetings"
            " WHERE resource = ?",
            self._resource,
        )
        if not rows:
            return None
        join_url, *times, version = rows[0]
        starts_on, ends_on, claimed_until = map(datetime.fromisoformat, times)
        return Meeting(join_url, starts_on, ends_on, claimed_until, version)

    async def replace(self, known: Meeting | None, changed: Meeting) -> Meeting | None:
        version = secrets.token_hex(8)
        times = (changed.starts_on, changed.ends_on, changed.claimed_until)
        values = (changed.join_url, *map(as_text, times), version)
        if known is None:
            written = await self._file.changed(
                "INSERT INTO meetings VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                self._resource,
                *values,
            )
        else:
            written = await self._file.changed(
                "UPDATE meetings SET join_url = ?, starts_on = ?, ends_on = ?, claimed_until = ?,"
                " version = ? WHERE resource = ? AND version = ?",
                *values,
                self._resource,
                known.version,
            )
        return dataclasses.replace(changed, version=version) if written else None
