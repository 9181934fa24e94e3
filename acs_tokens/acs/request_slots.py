"""How many requests to ACS a process has under way, and how many more may wait for a slot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from acs_tokens.errors import BusyError
from acs_tokens.http_client import MAX_CONNECTIONS

MAX_WAITING = 1024


class RequestSlots:
    """A slot for each connection to ACS; further requests wait in the order of their arrival."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self._waiting = 0

    @asynccontextmanager
    async def take(self, patience: float) -> AsyncIterator[None]:
        """Hold a slot while the block runs.

        Args:
            patience: How many seconds to wait for a slot; not above 0 if there is no time to wait.

        Raises:
            BusyError: No slot came free in this time, or 1,024 requests are waiting already.
        """
        if self._slots.locked():
            await self._wait(patience)
        else:
            await self._slots.acquire()  # without a timer, which most requests then need not pay
        try:
            yield
        finally:
            self._slots.release()

    async def _wait(self, patience: float) -> None:
        if self._waiting >= MAX_WAITING:
            raise _busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(patience):
                await self._slots.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1


def _busy() -> BusyError:
    return BusyError("Come back in a second.", retry_after=1)
