"""The meeting that all who ask share, kept in the identity store so that it is made once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Meeting:
    """A meeting, or the claim of the process that makes it.

    Attributes:
        join_url: The link; "" while the meeting is being made.
        starts_on: When it begins, an aware datetime.
        ends_on: When it ends, and is no longer given to those who ask; an aware datetime.
        claimed_until: Until when no other process may make it; an aware datetime.
        version: Its version in the store; no two versions ever have the same.
    """

    join_url: str
    starts_on: datetime
    ends_on: datetime
    claimed_until: datetime
    version: str = ""


class MeetingStore(Protocol):
    """Keeps one meeting for all instances of the service.

    Every operation raises `IdentityStoreUnavailableError` when the storage fails. A write may have
    been carried out nevertheless.
    """

    async def get(self) -> Meeting | None:
        """Return the meeting; None if there never was one."""

    async def replace(self, known: Meeting | None, changed: Meeting) -> Meeting | None:
        """Put another meeting in the place of the one that is known.

        Args:
            known: The version to replace; None if there is none.
            changed: The meeting to keep.

        Returns:
            The new version; None if ``known`` is not the present one. Of several processes that
            replace the same version, exactly one gets the new one.
        """
