"""Bans that a backend makes and lifts: on an identity, and on the person who has it."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from acs_tokens.access.bans import Bans
from acs_tokens.acs.service import TokenService
from acs_tokens.context import current_request
from acs_tokens.identities.bans import Ban, ban_key
from acs_tokens.identities.store import IdentityStore, owner_of
from acs_tokens.models.requests import BanRequest
from acs_tokens.models.responses import BanDetails
from acs_tokens.oidc.person import Person
from acs_tokens.problems import IdentityNotFoundError, NotBannedError


class Moderation:
    """Bans identities and people.

    A ban of a person's identity is a ban of the person, who may get another identity. A ban of a
    person is also noted for the identity, so that one look-up finds it by either id.

    All methods raise `IdentityStoreUnavailableError`.

    Args:
        service: Revokes the tokens of those who are banned.
        store: Knows which identity is whose.
        bans: Where the bans are noted.
    """

    def __init__(self, service: TokenService, store: IdentityStore, bans: Bans) -> None:
        self._service = service
        self._store = store
        self._bans = bans

    async def ban_user(self, user_id: str, request: BanRequest) -> None:
        """Ban an identity and the person who has it, and revoke its tokens.

        Raises:
            IdentityNotFoundError: ACS does not have it, and nobody signed in with it.
            Problem: As `TokenService.revoke_tokens`. The ban is noted nevertheless.
        """
        user_id = ban_key(user_id)  # ACS knows its ids in lower case
        person = await owner_of(self._store, user_id)
        await self._ban(person, {user_id} | await self._identities(person), request)

    async def ban_person(self, person: Person, request: BanRequest) -> None:
        """Ban a person, who need not have an identity, and revoke the tokens of theirs.

        Raises:
            Problem: As `TokenService.revoke_tokens`. The ban is noted nevertheless.
        """
        await self._ban(person, await self._identities(person), request)

    async def user_ban(self, user_id: str) -> BanDetails:
        """Return the ban of an identity or of the person who has it.

        Raises:
            NotBannedError: There is none, or it is over.
        """
        ban = await self._bans.get(user_id)
        person = None if ban else await owner_of(self._store, user_id)
        return _details(await self._bans.get(person.key) if person else ban)

    async def person_ban(self, person: Person) -> BanDetails:
        """Return the ban of a person.

        Raises:
            NotBannedError: There is none, or it is over.
        """
        return _details(await self._bans.get(person.key))

    async def lift_user_ban(self, user_id: str) -> None:
        """Lift the ban of an identity and of the person who has it; do nothing if there is none."""
        user_id = ban_key(user_id)
        person = await owner_of(self._store, user_id)
        await self._lift(person, {user_id} | await self._identities(person))

    async def lift_person_ban(self, person: Person) -> None:
        """Lift the ban of a person; do nothing if there is none."""
        await self._lift(person, await self._identities(person))

    async def _identities(self, person: Person | None) -> set[str]:
        entry = await self._store.get(person) if person else None
        return {entry.user_id} if entry else set()

    async def _ban(
        self, person: Person | None, user_ids: Collection[str], request: BanRequest
    ) -> None:
        now, minutes = datetime.now(UTC), request.until_minutes
        until = now + timedelta(minutes=minutes) if minutes else None
        current_request.get().audit.writes_to_store()
        for subject in _subjects(person, user_ids):
            await self._bans.put(subject, Ban(now, until, request.reason))
        # Afterwards: a token that is issued between would outlive the ban.
        for user_id in user_ids:
            try:
                await self._service.revoke_tokens(user_id)
            except IdentityNotFoundError:
                if person is None:  # then the id may be mistyped, and nobody is banned
                    raise

    async def _lift(self, person: Person | None, user_ids: Collection[str]) -> None:
        current_request.get().audit.writes_to_store()
        for subject in _subjects(person, user_ids):
            await self._bans.remove(subject)


def _subjects(person: Person | None, user_ids: Collection[str]) -> list[str]:
    """Return what a ban is noted for, the person first: that counts for the next identity too."""
    return [*([person.key] if person else []), *user_ids]


def _details(ban: Ban | None) -> BanDetails:
    if ban is None:
        raise NotBannedError("Nobody is banned here.")
    return BanDetails.model_construct(banned_on=ban.banned_on, until=ban.until, reason=ban.reason)
