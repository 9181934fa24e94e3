"""How many requests to ACS a process has under way, and how many more may wait for a slot."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from acs_tokens.errors import BusyError
from acs_tokens.http_client import MAX_CONNECTIONS

MAX_WAITING = 1024
MIN_ATTEMPT_SECONDS = 1  # what waiting and pausing must leave of the deadline for an attempt
MARGIN = 1.5  # times what attempts took on average
SMOOTHING = 1 / 16  # the weight of the latest attempt in this average


class RequestSlots:
    """A slot for each connection to ACS; further requests wait in the order of their arrival.

    A request that had to wait begins only if enough of its deadline is left for an attempt, judged
    by what attempts took lately. ACS would otherwise carry out what nobody waits for any more.
    """

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self._waiting = 0
        self._average_seconds = 0.0

    @asynccontextmanager
    async def take(self, seconds_left: Callable[[], float]) -> AsyncIterator[None]:
        """Hold a slot while the block runs.

        Args:
            seconds_left: Returns the time until the request's deadline; negative after it.

        Raises:
            BusyError: No slot came free in time, or 1,024 requests are waiting already.
        """
        if self._slots.locked():
            await self._wait(seconds_left)
        else:
            await self._slots.acquire()  # without a timer, which costs CPU time
        began = time.monotonic()
        try:
            yield
        finally:
            self._average_seconds += SMOOTHING * (time.monotonic() - began - self._average_seconds)
            self._slots.release()

    async def _wait(self, seconds_left: Callable[[], float]) -> None:
        if self._waiting >= MAX_WAITING:
            raise _busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds_left() - self._attempt_seconds()):
                await self._slots.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1
        if seconds_left() < self._attempt_seconds():  # attempts have become slower meanwhile
            self._slots.release()
            raise _busy()

    def _attempt_seconds(self) -> float:
        return max(MIN_ATTEMPT_SECONDS, MARGIN * self._average_seconds)


def _busy() -> BusyError:
    return BusyError("Come back in a second.", retry_after=1)
