"""The identity map: which person of Entra is which ACS identity. What is stored, not where."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from acs_tokens.entra.person import Person


@dataclass(frozen=True)
class Entry:
    """A person's ACS identity.

    Attributes:
        user_id: ``8:acs:…``.
        etag: Which version of the entry this is; no two versions ever have the same.
    """

    user_id: str
    etag: str


class IdentityStore(Protocol):
    """Who is which identity of one ACS resource, for all processes of the service.

    Every operation raises `StorageUnavailableError` when the storage does not do its part. A
    write may have been done nevertheless: read before concluding anything.
    """

    async def get(self, person: Person) -> Entry | None:
        """The person's identity; None when they have none yet."""

    async def insert(self, person: Person, user_id: str) -> bool:
        """Give the person their identity, one just created; False if they have one already.

        Of all who insert at the same time, exactly one is told True.
        """

    async def replace(self, person: Person, user_id: str, etag: str) -> bool:
        """Give the person another identity, one just created; False if the entry has changed."""

    async def delete(self, person: Person, etag: str) -> bool:
        """Forget the person's identity; False if the entry has changed or is gone."""

    async def add_orphan(self, user_id: str) -> None:
        """Note an identity that nobody has and that could not be deleted."""

    async def orphans(self, limit: int) -> list[str]:
        """Some identities to delete, in no order."""

    async def remove_orphan(self, user_id: str) -> None:
        """Forget one that is deleted now, or was not noted."""

    async def touch_guest(self, user_id: str) -> None:
        """Note that a guest's identity is in use now."""

    async def stale_guests(self, moment: datetime, limit: int) -> list[str]:
        """Some guests' identities that were last in use before then, in no order."""

    async def remove_guest(self, user_id: str) -> None:
        """Forget a guest's identity that is deleted now, or was not noted."""

    async def check(self) -> None:
        """Read something, for a health route."""

    async def close(self) -> None:
        """Let go of connections. The service does so when its process ends."""
