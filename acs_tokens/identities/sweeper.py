"""Cleaning up: identities that nobody has, and guests who have not come back."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from acs_tokens.acs.service import TokenService
from acs_tokens.context import current_request
from acs_tokens.errors import IdentityNotFoundError, Problem
from acs_tokens.identities.store import IdentityStore

BATCH = 200  # of each kind a run: far below ACS's quota of 500 deletions in 30 s

log = logging.getLogger(__name__)


class Sweeper:
    """Deletes what is left over.

    Args:
        identities: Where leftovers are noted; None where none can come to be.
        retention: How long guests are kept after they were last seen; None keeps them.
    """

    def __init__(
        self, service: TokenService, identities: IdentityStore | None, retention: timedelta | None
    ) -> None:
        self._service = service
        self._map = identities
        self._retention = retention

    async def sweep(self) -> int:
        """Delete a batch of each kind; return how many are gone.

        What cannot be deleted now stays noted for the next time.

        Raises:
            StorageUnavailableError: The notes cannot be read.
        """
        if self._map is None:
            return 0
        gone = await self._delete(await self._map.orphans(BATCH), self._map.remove_orphan)
        if self._retention is not None:
            unseen = await self._map.stale_guests(datetime.now(UTC) - self._retention, BATCH)
            gone += await self._delete(unseen, self._map.remove_guest)
        log.info("Swept %d identities.", gone)
        return gone

    async def _delete(self, user_ids: list[str], forget: Callable[[str], Awaitable[None]]) -> int:
        gone = 0
        tried = current_request.get().deletions  # each is audited
        for user_id in user_ids:
            try:
                await self._service.delete_user(user_id)
            except IdentityNotFoundError:
                pass  # as good as deleted
            except Problem as error:
                log.warning("One identity stays for the next time: %s", error)
                tried.append((user_id, False))
                continue
            tried.append((user_id, True))
            await forget(user_id)
            gone += 1
        return gone
