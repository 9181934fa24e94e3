"""Bans in a SQLite file."""

from datetime import datetime

from acs_tokens.identities.bans import Ban, ban_key
from acs_tokens.identities.sqlite.file import SqliteFile, as_text

TABLE = (
    "CREATE TABLE IF NOT EXISTS bans (resource TEXT, subject TEXT, banned_on TEXT NOT NULL,"
    " until TEXT, reason TEXT, PRIMARY KEY (resource, subject)) WITHOUT ROWID"
)


class SqliteBans:
    """A `BanStore` in a file.

    Args:
        file: The file, which has `TABLE`.
        resource: The host name of the ACS resource that the bans are for.
    """

    def __init__(self, file: SqliteFile, resource: str) -> None:
        self._file = file
        self._resource = resource

    async def put(self, subject: str, ban: Ban) -> None:
        await self._file.rows(
            "INSERT OR REPLACE INTO bans VALUES (?, ?, ?, ?, ?)",
            self._resource,
            ban_key(subject),
            as_text(ban.banned_on),
            as_text(ban.until) if ban.until else None,
            ban.reason,
        )

    async def get(self, subject: str) -> Ban | None:
        rows = await self._file.rows(
            "SELECT banned_on, until, reason FROM bans WHERE resource = ? AND subject = ?",
            self._resource,
            ban_key(subject),
        )
        if not rows:
            return None
        banned_on, until, reason = rows[0]
        return Ban(
            datetime.fromisoformat(banned_on),
            datetime.fromisoformat(until) if until else None,
            reason,
        )

    async def remove(self, subject: str) -> None:
        await self._file.rows(
            "DELETE FROM bans WHERE resource = ? AND subject = ?",
            self._resource,
            ban_key(subject),
        )

    async def since(self, moment: datetime, limit: int) -> list[str]:
        rows = await self._file.rows(
            "SELECT subject FROM bans WHERE resource = ? AND banned_on > ? LIMIT ?",
            self._resource,
            as_text(moment),
            limit,
        )
        return [subject for (subject,) in rows]
