"""The sweep: enforces bans, deletes orphaned identities and guests who have not come back."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from acs_tokens.acs.service import TokenService
from acs_tokens.identities.invitation_sweep import forget_ended, revoke_removed_guests
from acs_tokens.identities.registry import check_acs, delete_leftover, revoke_leftover
from acs_tokens.identities.store import IdentityStore
from acs_tokens.oidc.person import as_person

# Bans made within this time are enforced again: twice the timer's period.
RECENT = timedelta(hours=2)
# Of each kind in a run: far below ACS's quota of 500 deletions in 30 s. It is also how many guests
# of each withdrawn invitation lose their tokens in a run.
BATCH = 200

log = logging.getLogger(__name__)


class Sweeper:
    """Deletes identities that are left over, and ends what a ban or a withdrawal came too late for.

    A process may not know of a ban for some seconds. A token that it issues meanwhile, and an
    identity that it creates for a person, are found here.

    Args:
        service: Deletes in ACS.
        store: Where orphans and guests are noted; None where none ever are.
        retention: How long guests are kept after their last request; None keeps them for ever.
    """

    def __init__(
        self, service: TokenService, store: IdentityStore | None, retention: timedelta | None
    ) -> None:
        self._service = service
        self._store = store
        self._retention = retention

    async def sweep(self) -> int:
        """Enforce the latest bans and withdrawals, then delete up to 200 identities of each kind.

        Returns:
            How many identities are gone.

        Those that cannot be deleted now stay noted for the next run.

        Raises:
            AcsUnavailableError: ACS does not work; the rest is for the next run.
            IdentityStoreUnavailableError: The notes cannot be read or changed.
        """
        if self._store is None:
            return 0
        # First: deletions may take all the time of a run, and bans get two runs only.
        for subject in await self._store.bans.since(datetime.now(UTC) - RECENT, BATCH):
            await self._enforce_ban(self._store, subject)
        await revoke_removed_guests(self._service, self._store.invitations, BATCH)
        orphans = await self._store.orphans(BATCH)
        gone = await self._delete(orphans, self._store.remove_orphan)
        if self._retention is not None:
            moment = datetime.now(UTC) - self._retention
            stale = await self._store.stale_guests(moment, BATCH)
            gone += await self._delete(stale, self._store.remove_guest)
        await forget_ended(self._store.invitations, BATCH)
        log.info("Swept %d identities.", gone)
        return gone

    async def _enforce_ban(self, store: IdentityStore, subject: str) -> None:
        ban = await store.bans.get(subject)
        if ban is None or ban.is_over:
            return
        user_id = subject
        if person := as_person(subject):
            entry = await store.get(person)
            if entry is None:
                return
            user_id = entry.user_id
            await store.bans.put(user_id, ban)
            if await store.bans.get(subject) is None:  # it was lifted in between
                await store.bans.remove(user_id)
                return
        check_acs(self._service)
        await revoke_leftover(self._service, user_id)

    async def _delete(
        self, user_ids: list[str], remove_note: Callable[[str], Awaitable[None]]
    ) -> int:
        gone = 0
        for user_id in user_ids:
            check_acs(self._service)
            if await delete_leftover(self._service, user_id):
                await remove_note(user_id)
                gone += 1
        return gone
