"""Invitations in a SQLite file."""

import dataclasses
import secrets
from datetime import datetime

from acs_tokens.identities.invitations import Invitation
from acs_tokens.identities.sqlite.file import SqliteFile, as_text

# removes_guests is 1 while tokens of guests may have to be revoked, and 2 afterwards.
TABLES = (
    "CREATE TABLE IF NOT EXISTS invitations (resource TEXT, id TEXT, expires_on TEXT NOT NULL,"
    " guests INTEGER, used INTEGER NOT NULL, label TEXT, is_withdrawn INTEGER NOT NULL,"
    " removes_guests INTEGER NOT NULL, version TEXT NOT NULL,"
    " PRIMARY KEY (resource, id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS invited (resource TEXT, id TEXT, user_id TEXT,"
    " PRIMARY KEY (resource, id, user_id)) WITHOUT ROWID",
)


class SqliteInvitations:
    """An `InvitationStore` in a file.

    Args:
        file: The file, which has `TABLES`.
        resource: The host name of the ACS resource that the guests' identities belong to.
    """

    def __init__(self, file: SqliteFile, resource: str) -> None:
        self._file = file
        self._resource = resource

    async def add(self, invitation: Invitation) -> None:
        await self._file.rows(
            "INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._resource,
            invitation.id,
            as_text(invitation.expires_on),
            invitation.guests,
            invitation.used,
            invitation.label,
            invitation.is_withdrawn,
            invitation.removes_guests,
            secrets.token_hex(8),
        )

    async def get(self, id_: str) -> Invitation | None:
        rows = await self._file.rows(
            "SELECT expires_on, guests, used, label, is_withdrawn, removes_guests, version"
            " FROM invitations WHERE resource = ? AND id = ?",
            self._resource,
            id_,
        )
        if not rows:
            return None
        expires_on, guests, used, label, is_withdrawn, removes_guests, version = rows[0]
        return Invitation(
            id_,
            datetime.fromisoformat(str(expires_on)),
            None if guests is None else int(guests),
            int(used),
            label,
            bool(is_withdrawn),
            bool(removes_guests),
            version,
        )

    async def replace(self, known: Invitation, changed: Invitation) -> Invitation | None:
        version = secrets.token_hex(8)
        was_changed = await self._file.changed(
            "UPDATE invitations SET used = ?, is_withdrawn = ?, removes_guests = ?, version = ?"
            " WHERE resource = ? AND id = ? AND version = ?",
            changed.used,
            changed.is_withdrawn,
            changed.removes_guests,
            version,
            self._resource,
            known.id,
            known.version,
        )
        return dataclasses.replace(changed, version=version) if was_changed else None

    async def remove(self, id_: str) -> None:
        await self._file.rows(
            "DELETE FROM invitations WHERE resource = ? AND id = ?",
            self._resource,
            id_,
        )

    async def removing_guests(self, limit: int) -> list[str]:
        rows = await self._file.rows(
            "SELECT id FROM invitations WHERE resource = ? AND removes_guests = 1 LIMIT ?",
            self._resource,
            limit,
        )
        return [id_ for (id_,) in rows]

    async def finish_removal(self, id_: str) -> None:
        await self._file.rows(
            "UPDATE invitations SET removes_guests = 2"
            " WHERE resource = ? AND id = ? AND removes_guests = 1",
            self._resource,
            id_,
        )

    async def expired(self, moment: datetime, limit: int) -> list[str]:
        rows = await self._file.rows(
            "SELECT id FROM invitations WHERE resource = ? AND expires_on < ? LIMIT ?",
            self._resource,
            as_text(moment),
            limit,
        )
        return [id_ for (id_,) in rows]

    async def add_guest(self, id_: str, user_id: str) -> None:
        await self._file.rows(
            "INSERT INTO invited VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            self._resource,
            id_,
            user_id,
        )

    async def guests(self, id_: str, limit: int) -> list[str]:
        rows = await self._file.rows(
            "SELECT user_id FROM invited WHERE resource = ? AND id = ? LIMIT ?",
            self._resource,
            id_,
            limit,
        )
        return [user_id for (user_id,) in rows]

    async def forget_guest(self, id_: str, user_id: str) -> None:
        await self._file.rows(
            "DELETE FROM invited WHERE resource = ? AND id = ? AND user_id = ?",
            self._resource,
            id_,
            user_id,
        )
