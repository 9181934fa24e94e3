"""What was read from the identity store, kept for some seconds so that few requests read."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

# What one process writes takes effect in every other before this time has passed.
EFFECTIVE_WITHIN = timedelta(seconds=15)
MAX_LOOK_UPS = 10_000  # some 300 bytes each

Value = TypeVar("Value")


class LookUps(Generic[Value]):
    """Reads values by key, and remembers each for a while; at most 10,000 of them.

    Args:
        read: Reads a value from the store.
        deadline: How long a request may go on with a value that it looked up.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self,
        read: Callable[[str], Awaitable[Value]],
        deadline: timedelta,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._max_seconds = (EFFECTIVE_WITHIN - deadline).total_seconds()
        self._clock = clock
        self._found: OrderedDict[str, tuple[float, Value]] = OrderedDict()

    async def get(self, key: str) -> Value:
        """Return the value of a key, read anew if it is too old.

        Raises:
            IdentityStoreUnavailableError: It had to be read, and the store fails.
        """
        now = self._clock()
        if found := self._found.get(key):
            read_at, value = found
            if now - read_at < self._max_seconds:
                return value
        value = await self._read(key)
        self._keep(key, now, value)
        return value

    def put(self, key: str, value: Value) -> None:
        """Keep a value that this process has just written."""
        self._keep(key, self._clock(), value)

    def forget(self, key: str) -> None:
        """Read the key anew next time: this process has changed its value."""
        self._found.pop(key, None)

    def _keep(self, key: str, now: float, value: Value) -> None:
        self._found[key] = now, value
        self._found.move_to_end(key)
        if len(self._found) > MAX_LOOK_UPS:
            self._found.popitem(last=False)
