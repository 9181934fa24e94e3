"""The sweep: deletes orphaned identities, and guests who have not come back."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from acs_tokens.acs.service import TokenService
from acs_tokens.identities.registry import delete_leftover
from acs_tokens.identities.store import IdentityStore

BATCH = 200  # of each kind in a run: far below ACS's quota of 500 deletions in 30 s

log = logging.getLogger(__name__)


class Sweeper:
    """Deletes identities that are left over.

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
        """Delete up to 200 identities of each kind; return how many are gone.

        Those that cannot be deleted now stay noted for the next run.

        Raises:
            IdentityStoreUnavailableError: The notes cannot be read or changed.
        """
        if self._store is None:
            return 0
        orphans = await self._store.orphans(BATCH)
        gone = await self._delete(orphans, self._store.remove_orphan)
        if self._retention is not None:
            moment = datetime.now(UTC) - self._retention
            stale = await self._store.stale_guests(moment, BATCH)
            gone += await self._delete(stale, self._store.remove_guest)
        log.info("Swept %d identities.", gone)
        return gone

    async def _delete(
        self, user_ids: list[str], remove_note: Callable[[str], Awaitable[None]]
    ) -> int:
        gone = 0
        for user_id in user_ids:
            if await delete_leftover(self._service, user_id):
                await remove_note(user_id)
                gone += 1
        return gone
