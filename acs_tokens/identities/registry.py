"""The registry: one ACS identity for each person, whatever happens at the same time or half-way."""

import contextlib
import logging

from acs_tokens.acs.service import TokenService
from acs_tokens.context import current_request
from acs_tokens.identities.steps import Steps
from acs_tokens.identities.store import Entry, IdentityStore
from acs_tokens.oidc.person import Person
from acs_tokens.problems import (
    AcsUnavailableError,
    IdentityNotFoundError,
    IdentityStoreUnavailableError,
    Problem,
)

log = logging.getLogger(__name__)


class IdentityRegistry:
    """Creates identities in ACS and enters them into the identity store, as one step each.

    A step goes on when the request that began it ends early, because a step left half-way would
    leave an identity that nobody knows of. An identity that must not be kept is deleted in ACS, or
    noted as an orphan for the sweeper.

    Methods raise `IdentityStoreUnavailableError`, and what `TokenService` raises.
    """

    def __init__(self, service: TokenService, store: IdentityStore) -> None:
        self._service = service
        self._store = store
        self._steps = Steps()

    async def find(self, person: Person) -> Entry | None:
        """Return the person's entry; None when they have no identity yet."""
        return await self._store.get(person)

    async def create(self, person: Person) -> str:
        """Create an identity for a person who has none; return the user id that counts.

        That is another one if another request created it first.
        """
        return await self._steps.to_the_end(self._create(person))

    async def replace(self, person: Person, gone: Entry) -> str:
        """Create a new identity in place of one that ACS no longer has; return its user id.

        Args:
            person: Whose identity it is.
            gone: The entry to replace. Its identity is not deleted, in case ACS was wrong: the
                audit has both.
        """
        return await self._steps.to_the_end(self._replace(person, gone))

    async def delete(self, person: Person, entry: Entry) -> None:
        """Delete a person's identity and its entry."""
        # In ACS first: an entry without identity is replaced, an identity without entry is lost.
        with contextlib.suppress(IdentityNotFoundError):
            await self._service.delete_user(entry.user_id)
        await self._store.delete(person, entry.etag)

    async def add_guest(self, user_id: str) -> None:
        """Note a new guest. If that fails, delete the identity, which the sweeper would not find.

        Args:
            user_id: The guest's identity, just created.

        Raises:
            IdentityStoreUnavailableError: The guest could not be noted.
        """
        await self._steps.to_the_end(self._add_guest(user_id))

    async def touch_guest(self, user_id: str) -> None:
        """Note that a guest's identity is in use now."""
        await self._store.touch_guest(user_id)

    async def remove_guest(self, user_id: str) -> None:
        """Remove the note of a guest whose identity is deleted."""
        await self._store.remove_guest(user_id)

    async def discard(self, user_id: str) -> None:
        """Delete an identity that nobody knows of; note it as an orphan if that fails."""
        if await delete_leftover(self._service, user_id):
            return
        try:
            await self._store.add_orphan(user_id)
        except IdentityStoreUnavailableError as error:
            # The audit record of the deletion has its hash.
            log.error("An identity could be neither deleted nor noted: %s", error)  # noqa: TRY400

    async def _create(self, person: Person) -> str:
        # Without a token: if another request is first, an identity without tokens is deleted.
        created = await self._service.create_user()
        try:
            won = await self._store.insert(person, created.user_id)
        except Problem:
            await self.discard(created.user_id)
            raise
        return await self._winner(person, created.user_id, won=won)

    async def _replace(self, person: Person, gone: Entry) -> str:
        created = await self._service.create_user()
        try:
            won = await self._store.replace(person, created.user_id, gone.etag)
            if not won:  # another request replaced the entry, or deleted it
                won = await self._store.insert(person, created.user_id)
        except Problem:
            await self.discard(created.user_id)
            raise
        if won:
            current_request.get().audit.replaced(gone.user_id, created.user_id)
        return await self._winner(person, created.user_id, won=won)

    async def _winner(self, person: Person, created: str, *, won: bool) -> str:
        """Return the user id that counts, and discard ours if it is another one."""
        if won:
            return created
        await self.discard(created)
        entry = await self._store.get(person)
        if entry is None:  # the person asked for a token and for deletion at the same time
            raise IdentityNotFoundError("The identity was deleted while the token was requested.")
        return entry.user_id

    async def _add_guest(self, user_id: str) -> None:
        try:
            await self._store.touch_guest(user_id)
        except Problem:
            await self.discard(user_id)
            raise


async def delete_leftover(service: TokenService, user_id: str) -> bool:
    """Delete an identity that nobody has, by itself, not at a caller's request; note it for audit.

    Args:
        service: Deletes in ACS.
        user_id: The identity.

    Returns:
        Whether the identity is gone.
    """
    gone = True
    try:
        await service.delete_user(user_id)
    except IdentityNotFoundError:
        pass
    except Problem as error:
        log.warning("A leftover identity could not be deleted: %s", error)
        gone = False
    current_request.get().audit.deleted_leftover(user_id, gone=gone)
    return gone


async def revoke_leftover(service: TokenService, user_id: str) -> bool:
    """Revoke tokens that should not be there, not at a caller's request; note it for audit.

    Args:
        service: Revokes in ACS.
        user_id: The identity.

    Returns:
        Whether the tokens are revoked, or gone with the identity.
    """
    done = True
    try:
        await service.revoke_tokens(user_id)
    except IdentityNotFoundError:
        pass
    except Problem as error:
        log.warning("Leftover tokens could not be revoked: %s", error)
        done = False
    current_request.get().audit.revoked_leftover(user_id, done=done)
    return done


def check_acs(service: TokenService) -> None:
    """End a run over leftovers while ACS fails: it would only write a record of each.

    Raises:
        AcsUnavailableError: The circuit breaker is open.
    """
    if service.breaker_state == "open":
        raise AcsUnavailableError(log="The rest is left for the next run: ACS does not work.")
