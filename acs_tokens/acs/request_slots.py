"""How many requests to ACS a process has under way, and how many more may wait for a slot."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from acs_tokens.http_client import MAX_CONNECTIONS
from acs_tokens.problems import BusyError

MAX_WAITING = 1024
GUEST_SLOTS = MAX_CONNECTIONS * 3 // 4  # guests leave the others a quarter
MAX_WAITING_GUESTS = MAX_WAITING * 3 // 4
MIN_ATTEMPT_SECONDS = 1  # what waiting and pausing must leave of the deadline for an attempt
MARGIN = 1.5  # times what attempts took on average
SMOOTHING = 1 / 16  # the weight of the latest attempt in this average


class RequestSlots:
    """A slot for each connection to ACS; further requests wait in the order of their arrival.

    A request that had to wait begins only if enough of its deadline is left for an attempt, judged
    by what attempts took lately. ACS would otherwise carry out what nobody waits for any more.

    Guests may hold three quarters of the slots and of the places to wait, so that they can keep
    nobody else from ACS.
    """

    def __init__(self) -> None:
        self._all = _Queue(MAX_CONNECTIONS, MAX_WAITING)
        self._guests = _Queue(GUEST_SLOTS, MAX_WAITING_GUESTS)
        self._average_seconds = 0.0

    @asynccontextmanager
    async def take(
        self, seconds_left: Callable[[], float], *, is_guest: bool = False
    ) -> AsyncIterator[None]:
        """Hold a slot while the block runs.

        Args:
            seconds_left: Returns the time until the request's deadline; negative after it.
            is_guest: Whether the request is a guest's.

        Raises:
            BusyError: No slot came free in time, or too many requests are waiting already.
        """
        queues = (self._guests, self._all) if is_guest else (self._all,)
        held: list[_Queue] = []
        try:
            for queue in queues:
                if self._all.waiting + self._guests.waiting >= MAX_WAITING and queue.is_taken:
                    raise _busy()
                await queue.acquire(lambda: seconds_left() - self._attempt_seconds())
                held.append(queue)
            began = time.monotonic()
            try:
                yield
            finally:
                took = time.monotonic() - began
                self._average_seconds += SMOOTHING * (took - self._average_seconds)
        finally:
            for queue in held:
                queue.release()

    def _attempt_seconds(self) -> float:
        return max(MIN_ATTEMPT_SECONDS, MARGIN * self._average_seconds)


class _Queue:
    """Slots, and requests that wait for one in order.

    Attributes:
        waiting: How many requests wait.
    """

    def __init__(self, slots: int, max_waiting: int) -> None:
        self._slots = asyncio.Semaphore(slots)
        self._max_waiting = max_waiting
        self.waiting = 0

    @property
    def is_taken(self) -> bool:
        """Whether a request would have to wait."""
        return self._slots.locked()

    async def acquire(self, patience: Callable[[], float]) -> None:
        """Take a slot.

        Args:
            patience: Returns how many seconds the request may still wait.

        Raises:
            BusyError: There was none in time, or too many requests are waiting already.
        """
        if not self.is_taken:
            await self._slots.acquire()  # without a timer, which costs CPU time
            return
        if self.waiting >= self._max_waiting:
            raise _busy()
        self.waiting += 1
        try:
            async with asyncio.timeout(patience()):
                await self._slots.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self.waiting -= 1
        if patience() < 0:  # attempts have become slower meanwhile
            self._slots.release()
            raise _busy()

    def release(self) -> None:
        """Give a slot back."""
        self._slots.release()


def _busy() -> BusyError:
    return BusyError("Come back in a second.", retry_after=1)
