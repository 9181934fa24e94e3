"""A SQLite file: one connection, one statement at a time, each its own transaction."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from acs_tokens.problems import IdentityStoreUnavailableError

Value = str | int | None


class SqliteFile:
    """A database file, which is created when missing.

    Args:
        path: The file, on a local disk: SQLite's locks do not work on network disks.
        tables: Statements that create the tables, unless they exist.
        patience: How long to wait while another process writes.
    """

    def __init__(self, path: Path, tables: Sequence[str], patience: timedelta) -> None:
        self._path = path
        self._tables = tables
        self._patience = patience
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    async def rows(self, statement: str, *values: Value) -> list[tuple[str, ...]]:
        """Run a statement, and return the rows that it finds.

        Raises:
            IdentityStoreUnavailableError: SQLite fails.
        """
        return (await asyncio.to_thread(self._execute, statement, values))[0]

    async def changed(self, statement: str, *values: Value) -> bool:
        """Run a statement, and return whether it changed exactly one row.

        Raises:
            IdentityStoreUnavailableError: SQLite fails.
        """
        return (await asyncio.to_thread(self._execute, statement, values))[1] == 1

    async def aclose(self) -> None:
        """Close the connection."""
        await asyncio.to_thread(self._close)

    def _execute(
        self, statement: str, values: tuple[Value, ...]
    ) -> tuple[list[tuple[str, ...]], int]:
        """Run a statement, in a thread because the disk may be slow."""
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
            for table in self._tables:
                connection.execute(table)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def as_text(moment: datetime) -> str:
    """Return a time as text that sorts; an aware datetime."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
