"""Invitations: how often they were used, whether they are withdrawn, and who came with them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

# How long a guest's handle is valid, which may name the invitation that the guest came with.
HANDLE_LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class Invitation:
    """An invitation, as the identity store knows it.

    Attributes:
        id: Its id.
        expires_on: When it ends, an aware datetime.
        guests: How many guests may use it; None for any number.
        used: How many have; not counted where any number may.
        label: A note of whoever invited, for the backend alone.
        is_withdrawn: Whether nobody may use it any more.
        removes_guests: Whether the guests who came with it are refused as well.
        version: Its version in the store; no two versions ever have the same.
        marks: What the last writes left, by which a write without response is found.
    """

    id: str
    expires_on: datetime
    guests: int | None
    used: int = 0
    label: str | None = None
    is_withdrawn: bool = False
    removes_guests: bool = False
    version: str = ""
    marks: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it has expired."""
        return self.expires_on <= datetime.now(UTC)


class InvitationStore(Protocol):
    """Keeps invitations, shared by all instances of the service.

    Every operation raises `IdentityStoreUnavailableError` when the storage fails. A write may have
    been carried out nevertheless.
    """

    async def add(self, invitation: Invitation) -> None:
        """Keep a new invitation; its id is new."""

    async def get(self, id_: str) -> Invitation | None:
        """Return an invitation; None if there is none with this id."""

    async def replace(self, known: Invitation, changed: Invitation) -> Invitation | None:
        """Change the uses or the withdrawal of an invitation.

        Args:
            known: The version to change.
            changed: The same invitation with other fields.

        Returns:
            The new version; None if it is not ``known`` any more, or is gone. Of several processes
            that change the same version, exactly one gets the new one.
        """

    async def remove(self, id_: str) -> None:
        """Remove an invitation; do nothing if there is none."""

    async def removing_guests(self, limit: int) -> list[str]:
        """Return the ids of up to ``limit`` invitations whose guests are refused, in no order.

        Those for which `finish_removal` was called are left out.
        """

    async def finish_removal(self, id_: str) -> None:
        """Note that the tokens of all guests of an invitation are revoked; they stay refused.

        Do nothing if there is no such invitation.
        """

    async def expired(self, moment: datetime, limit: int) -> list[str]:
        """Return the ids of up to ``limit`` invitations that ended before a moment, in no order."""

    async def add_guest(self, id_: str, user_id: str) -> None:
        """Note an identity that was created for an invitation."""

    async def guests(self, id_: str, limit: int) -> list[str]:
        """Return up to ``limit`` identities that were created for an invitation, in no order."""

    async def forget_guest(self, id_: str, user_id: str) -> None:
        """Remove the note of an identity; do nothing if there is none."""
