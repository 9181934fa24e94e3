"""The identity store in a SQLite file, for the processes of one machine."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from acs_tokens.identities.sqlite import bans, invitations, meetings
from acs_tokens.identities.sqlite.bans import SqliteBans
from acs_tokens.identities.sqlite.file import SqliteFile, as_text
from acs_tokens.identities.sqlite.invitations import SqliteInvitations
from acs_tokens.identities.sqlite.meetings import SqliteMeetings
from acs_tokens.identities.store import Entry
from acs_tokens.oidc.person import Person, as_person

# tenant_id and object_id are the two parts of a person's `store_key`, also without Entra.
_TABLES = (
    "CREATE TABLE IF NOT EXISTS identities (tenant_id TEXT, object_id TEXT, resource TEXT,"
    " user_id TEXT NOT NULL, etag TEXT NOT NULL, created_at TEXT NOT NULL,"
    " PRIMARY KEY (tenant_id, object_id, resource)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS orphans (resource TEXT, user_id TEXT, created_at TEXT NOT NULL,"
    " PRIMARY KEY (resource, user_id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS guests (resource TEXT, user_id TEXT, last_seen TEXT NOT NULL,"
    " PRIMARY KEY (resource, user_id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS owners (resource TEXT, user_id TEXT, person TEXT NOT NULL,"
    " PRIMARY KEY (resource, user_id)) WITHOUT ROWID",
    bans.TABLE,
    *invitations.TABLES,
    meetings.TABLE,
)


class SqliteStore:
    """An `IdentityStore` in a file, which is created when missing.

    Args:
        path: The file, on a local disk: SQLite's locks do not work on network disks.
        resource: The host name of the ACS resource that the identities belong to.
        patience: How long to wait while another process writes.
    """

    def __init__(
        self, path: Path, resource: str, patience: timedelta = timedelta(seconds=2)
    ) -> None:
        self._resource = resource
        self._file = SqliteFile(path, _TABLES, patience)
        self.bans = SqliteBans(self._file, resource)
        self.meetings = SqliteMeetings(self._file, resource)
        self.invitations = SqliteInvitations(self._file, resource)

    async def get(self, person: Person) -> Entry | None:
        rows = await self._file.rows(
            "SELECT user_id, etag FROM identities"
            " WHERE tenant_id = ? AND object_id = ? AND resource = ?",
            *self._key(person),
        )
        return Entry(*rows[0]) if rows else None

    async def insert(self, person: Person, user_id: str) -> bool:
        await self._note_owner(user_id, person)
        return await self._file.changed(
            "INSERT INTO identities VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            *self._key(person),
            user_id,
            _new_etag(),
            as_text(datetime.now(UTC)),
        )

    async def replace(self, person: Person, user_id: str, etag: str) -> bool:
        await self._note_owner(user_id, person)
        return await self._file.changed(
            "UPDATE identities SET user_id = ?, etag = ?, created_at = ?"
            " WHERE tenant_id = ? AND object_id = ? AND resource = ? AND etag = ?",
            user_id,
            _new_etag(),
            as_text(datetime.now(UTC)),
            *self._key(person),
            etag,
        )

    async def delete(self, person: Person, etag: str) -> None:
        await self._file.rows(
            "DELETE FROM identities"
            " WHERE tenant_id = ? AND object_id = ? AND resource = ? AND etag = ?",
            *self._key(person),
            etag,
        )

    async def owner(self, user_id: str) -> Person | None:
        rows = await self._file.rows(
            "SELECT person FROM owners WHERE resource = ? AND user_id = ?",
            self._resource,
            user_id,
        )
        return as_person(rows[0][0]) if rows else None

    async def add_orphan(self, user_id: str) -> None:
        await self._file.rows(
            "INSERT INTO orphans VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            self._resource,
            user_id,
            as_text(datetime.now(UTC)),
        )

    async def orphans(self, limit: int) -> list[str]:
        rows = await self._file.rows(
            "SELECT user_id FROM orphans WHERE resource = ? LIMIT ?", self._resource, limit
        )
        return [user_id for (user_id,) in rows]

    async def remove_orphan(self, user_id: str) -> None:
        await self._file.rows(
            "DELETE FROM orphans WHERE resource = ? AND user_id = ?", self._resource, user_id
        )

    async def touch_guest(self, user_id: str) -> None:
        await self._file.rows(
            "INSERT OR REPLACE INTO guests VALUES (?, ?, ?)",
            self._resource,
            user_id,
            as_text(datetime.now(UTC)),
        )

    async def stale_guests(self, moment: datetime, limit: int) -> list[str]:
        rows = await self._file.rows(
            "SELECT user_id FROM guests WHERE resource = ? AND last_seen < ? LIMIT ?",
            self._resource,
            as_text(moment),
            limit,
        )
        return [user_id for (user_id,) in rows]

    async def remove_guest(self, user_id: str) -> None:
        await self._file.rows(
            "DELETE FROM guests WHERE resource = ? AND user_id = ?", self._resource, user_id
        )

    async def check(self) -> None:
        await self._file.rows("SELECT 1 FROM identities LIMIT 1")

    async def aclose(self) -> None:
        await self._file.aclose()

    def _key(self, person: Person) -> tuple[str, str, str]:
        return *person.store_key, self._resource

    async def _note_owner(self, user_id: str, person: Person) -> None:
        await self._file.rows(
            "INSERT OR REPLACE INTO owners VALUES (?, ?, ?)",
            self._resource,
            user_id,
            person.key,
        )


def _new_etag() -> str:
    return secrets.token_hex(8)  # not a counter, which would start again after a delete
