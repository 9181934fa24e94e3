"""The breaker: ACS is left alone for a while when it does nothing but fail."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from acs_tokens.errors import AcsUnavailableError

FAILURES = 5  # in a row
OPEN_SECONDS = 5
MAX_OPEN_SECONDS = 30  # should ACS ask for more
SILENCE_SECONDS = 2  # a call that its request's deadline cuts off sooner says nothing of ACS


class Breaker:
    """Opens after five failures in a row; then one attempt, the probe, decides.

    A failure is that there is no answer, or one that says that ACS failed. Whatever else ACS
    answers, it is there.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._opens_again: float | None = None
        self._probing = False

    @property
    def state(self) -> str:
        """``closed``, ``open`` or ``half-open``."""
        if self._opens_again is None:
            return "closed"
        return "half-open" if self._clock() >= self._opens_again else "open"

    def check(self) -> None:
        """Let a call pass, or not.

        Raises:
            AcsUnavailableError: ACS is left alone for now; it says for how long.
        """
        if self._opens_again is None:
            return
        seconds = self._opens_again - self._clock()
        if seconds > 0 or self._probing:
            raise AcsUnavailableError(
                log="ACS failed repeatedly and is left alone for some seconds.",
                retry_after=max(math.ceil(seconds), 1),
            )

    @contextmanager
    def watch(self, sent: Callable[[], int]) -> Iterator[None]:
        """Learn from one attempt, which must not begin before `check` lets it.

        Args:
            sent: How many requests went to ACS so far. An attempt that ends before one did, for
                want of an Entra token, says nothing of ACS.

        Raises:
            AcsUnavailableError: As `check`.
        """
        self.check()
        probe = self._probing = self._opens_again is not None
        started, before = self._clock(), sent()
        try:
            yield
        except AcsUnavailableError as error:
            if sent() > before:
                self._failed(error.wait, probe=probe)
            raise
        except asyncio.CancelledError:
            if self._clock() - started >= SILENCE_SECONDS and sent() > before:
                self._failed(None, probe=probe)
            raise
        except Exception:
            if sent() > before:
                self._answered()
            raise
        else:
            self._answered()
        finally:
            if probe:
                self._probing = False

    def _answered(self) -> None:
        self._failures = 0
        self._opens_again = None

    def _failed(self, wait: int | None, *, probe: bool) -> None:
        self._failures += 1
        if probe or (self._failures >= FAILURES and self._opens_again is None):
            self._opens_again = self._clock() + min(wait or OPEN_SECONDS, MAX_OPEN_SECONDS)
