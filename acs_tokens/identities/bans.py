"""Bans: who gets no token, kept in the identity store."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from acs_tokens.models.values import ACS_USER_ID


@dataclass(frozen=True)
class Ban:
    """A ban.

    Attributes:
        banned_on: When it was made, an aware datetime.
        until: When it ends by itself, an aware datetime; None if it never does.
        reason: A note of whoever banned, for the backend alone.
    """

    banned_on: datetime
    until: datetime | None = None
    reason: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether the ban has ended by itself."""
        return self.until is not None and self.until <= datetime.now(UTC)


class BanStore(Protocol):
    """Keeps bans, shared by all instances of the service.

    A ban is on a subject: an ACS user id in either case, or ``Person.key`` of a signed-in person.
    Every operation raises `IdentityStoreUnavailableError` when the storage fails. A write may have
    been carried out nevertheless; it is harmless to repeat.
    """

    async def put(self, subject: str, ban: Ban) -> None:
        """Ban a subject; a ban that it has already is replaced."""

    async def get(self, subject: str) -> Ban | None:
        """Return the subject's ban, also one that is over; None if there is none."""

    async def remove(self, subject: str) -> None:
        """Remove the subject's ban; do nothing if there is none."""

    async def since(self, moment: datetime, limit: int) -> list[str]:
        """Return subjects that were banned after a moment, in no order; user ids in lower case.

        Args:
            moment: An aware datetime.
            limit: How many to return at most.
        """


def ban_key(subject: str) -> str:
    """Return the key of a subject's ban: a user id in lower case, ``Person.key`` as it is.

    Args:
        subject: An ACS user id, or ``Person.key``.
    """
    return subject.lower() if re.fullmatch(ACS_USER_ID, subject) else subject
