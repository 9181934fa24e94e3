"""The identity store in a SQLite file, for the processes of one machine."""

import asyncio
import secrets
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from acs_tokens.identities.store import Entry
from acs_tokens.oidc.person import Person
from acs_tokens.problems import IdentityStoreUnavailableError

# tenant_id and object_id are the two parts of a person's `store_key`, also without Entra.
_TABLES = (
    "CREATE TABLE IF NOT EXISTS identities (tenant_id TEXT, object_id TEXT, resource TEXT,"
    " user_id TEXT NOT NULL, etag TEXT NOT NULL, created_at TEXT NOT NULL,"
    " PRIMARY KEY (tenant_id, object_id, resource)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS orphans (resource TEXT, user_id TEXT, created_at TEXT NOT NULL,"
    " PRIMARY KEY (resource, user_id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS guests (resource TEXT, user_id TEXT, last_seen TEXT NOT NULL,"
    " PRIMARY KEY (resource, user_id)) WITHOUT ROWID",
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
        self._path = path
        self._resource = resource
        self._patience = patience
        self._lock = Lock()  # one statement at a time; each is its own transaction
        self._connection: sqlite3.Connection | None = None

    async def get(self, person: Person) -> Entry | None:
        rows, _ = await self._run(
            "SELECT user_id, etag FROM identities"
            " WHERE tenant_id = ? AND object_id = ? AND resource = ?",
            *self._key(person),
        )
        return Entry(*rows[0]) if rows else None

    async def insert(self, person: Person, user_id: str) -> bool:
        return await self._changed(
            "INSERT INTO identities VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            *self._key(person),
            user_id,
            _new_etag(),
            _text(datetime.now(UTC)),
        )

    async def replace(self, person: Person, user_id: str, etag: str) -> bool:
        return await self._changed(
            "UPDATE identities SET user_id = ?, etag = ?, created_at = ?"
            " WHERE tenant_id = ? AND object_id = ? AND resource = ? AND etag = ?",
            user_id,
            _new_etag(),
            _text(datetime.now(UTC)),
            *self._key(person),
            etag,
        )

    async def delete(self, person: Person, etag: str) -> None:
        await self._run(
            "DELETE FROM identities"
            " WHERE tenant_id = ? AND object_id = ? AND resource = ? AND etag = ?",
            *self._key(person),
            etag,
        )

    async def add_orphan(self, user_id: str) -> None:
        await self._run(
            "INSERT INTO orphans VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            self._resource,
            user_id,
            _text(datetime.now(UTC)),
        )

    async def orphans(self, limit: int) -> list[str]:
        rows, _ = await self._run(
            "SELECT user_id FROM orphans WHERE resource = ? LIMIT ?", self._resource, limit
        )
        return [user_id for (user_id,) in rows]

    async def remove_orphan(self, user_id: str) -> None:
        await self._run(
            "DELETE FROM orphans WHERE resource = ? AND user_id = ?", self._resource, user_id
        )

    async def touch_guest(self, user_id: str) -> None:
        await self._run(
            "INSERT OR REPLACE INTO guests VALUES (?, ?, ?)",
            self._resource,
            user_id,
            _text(datetime.now(UTC)),
        )

    async def stale_guests(self, moment: datetime, limit: int) -> list[str]:
        rows, _ = await self._run(
            "SELECT user_id FROM guests WHERE resource = ? AND last_seen < ? LIMIT ?",
            self._resource,
            _text(moment),
            limit,
        )
        return [user_id for (user_id,) in rows]

    async def remove_guest(self, user_id: str) -> None:
        await self._run(
            "DELETE FROM guests WHERE resource = ? AND user_id = ?", self._resource, user_id
        )

    async def check(self) -> None:
        await self._run("SELECT 1 FROM identities LIMIT 1")

    async def aclose(self) -> None:
        await asyncio.to_thread(self._close)

    def _key(self, person: Person) -> tuple[str, str, str]:
        return *person.store_key, self._resource

    async def _changed(self, statement: str, *values: str) -> bool:
        _, count = await self._run(statement, *values)
        return count == 1

    async def _run(self, statement: str, *values: str | int) -> tuple[list[tuple[str, ...]], int]:
        """Run a statement in a thread, because the disk may be slow; return rows and row count."""
        return await asyncio.to_thread(self._execute, statement, values)

    def _execute(
        self, statement: str, values: tuple[str | int, ...]
    ) -> tuple[list[tuple[str, ...]], int]:
        try:
            with self._lock:
                self._connection = self._connection or self._open()
                cursor = self._connection.execute(statement, values)
                return cursor.fetchall(), cursor.rowcount
        except sqlite3.Error as error:
            raise IdentityStoreUnavailableError(
                log=f"SQLite: {getattr(error, 'sqlite_errorname', type(error).__name__)}."
            ) from error

    def _close(self) -> None:
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=self._patience.total_seconds(),
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # In WAL mode readers do not wait for writers. SQLite does not wait for a lock to switch
            # it on; if another process holds the lock, that one or a later one switches it on.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL")
            for table in _TABLES:
                connection.execute(table)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _new_etag() -> str:
    return secrets.token_hex(8)  # not a counter, which would start again after a delete


def _text(moment: datetime) -> str:
    """Return a time as text that sorts."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
