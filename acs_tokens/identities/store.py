"""The identity store: which person has which ACS identity, and which identities to clean up."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from acs_tokens.oidc.person import Person

if TYPE_CHECKING:
    from acs_tokens.identities.bans import BanStore
    from acs_tokens.identities.invitations import InvitationStore
    from acs_tokens.identities.meetings import MeetingStore


@dataclass(frozen=True)
class Entry:
    """A person's ACS identity.

    Attributes:
        user_id: ``8:acs:…``.
        etag: The version of the entry; no two versions ever have the same.
    """

    user_id: str
    etag: str


class IdentityStore(Protocol):
    """Maps each signed-in person to their ACS identity; shared by all instances of the service.

    It also holds two lists of identities: orphans, which nobody has and which are to be deleted,
    and guests, with the time of their last request.

    Every operation raises `IdentityStoreUnavailableError` when the storage fails. A write may have
    been carried out nevertheless: read before you conclude anything.
    """

    @property
    def bans(self) -> "BanStore":
        """Who gets no token."""

    @property
    def invitations(self) -> "InvitationStore":
        """Who may come in, and how often."""

    @property
    def meetings(self) -> "MeetingStore":
        """The meeting that guests share."""

    async def get(self, person: Person) -> Entry | None:
        """Return the person's entry; None when they have none yet."""

    async def insert(self, person: Person, user_id: str) -> bool:
        """Give the person an identity, unless they have one.

        Args:
            person: Who gets it.
            user_id: An identity that was just created.

        Returns:
            Whether it was entered; False if the person has one already. Of several processes that
            insert at the same time, exactly one gets True.
        """

    async def replace(self, person: Person, user_id: str, etag: str) -> bool:
        """Give the person another identity, one just created.

        Args:
            person: Whose entry to replace.
            user_id: The new identity.
            etag: The version to replace.

        Returns:
            False if the entry has changed since that version, or is gone.
        """

    async def delete(self, person: Person, etag: str) -> None:
        """Delete the person's entry if it still has this version."""

    async def owner(self, user_id: str) -> Person | None:
        """Return the person to whom an identity was given by `insert` or `replace`.

        The person of an identity that was deleted is known as well, because a ban has to reach
        whoever had it.

        Returns:
            None if it was given to nobody.
        """

    async def add_orphan(self, user_id: str) -> None:
        """Note an identity that nobody has and that could not be deleted."""

    async def orphans(self, limit: int) -> list[str]:
        """Return up to ``limit`` orphans, in no order."""

    async def remove_orphan(self, user_id: str) -> None:
        """Remove the note of an orphan; do nothing if there is none."""

    async def touch_guest(self, user_id: str) -> None:
        """Note that a guest's identity is in use now."""

    async def stale_guests(self, moment: datetime, limit: int) -> list[str]:
        """Return guests' identities that were last used before a moment, in no order.

        Args:
            moment: An aware datetime.
            limit: How many to return at most.
        """

    async def remove_guest(self, user_id: str) -> None:
        """Remove the note of a guest; do nothing if there is none."""

    async def check(self) -> None:
        """Read something, to learn whether the storage works."""

    async def aclose(self) -> None:
        """Close all connections."""


async def owner_of(store: IdentityStore, user_id: str) -> Person | None:
    """Return whose identity it is or was, given its id in either case; None if nobody's is known.

    Raises:
        IdentityStoreUnavailableError: The storage fails.
    """
    # Owners are noted under user ids as ACS gives them, which is in lower case.
    return await store.owner(user_id.lower())
