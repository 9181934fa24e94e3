"""The breaker: ACS is left alone for a while when it does nothing but fail."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from acs_tokens.errors import AcsUnavailableError

FAILURES = 5  # in a row
OPEN_SECONDS = 5
MAX_OPEN_SECONDS = 30  # should ACS ask for more
SILENCE_SECONDS = 2  # a call that its request's deadline cuts off sooner says nothing of ACS

log = logging.getLogger(__name__)


class CircuitBreaker:
    """Opens after five failures in a row; then one attempt, the probe, decides.

    A failure is that there is no answer, or one that says that ACS failed. Whatever else ACS
    answers, it is there.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._half_open_at: float | None = None
        self._probing = False
        self._cause = ""

    @property
    def state(self) -> str:
        """``closed``, ``open`` or ``half-open``."""
        if self._half_open_at is None:
            return "closed"
        return "half-open" if self._clock() >= self._half_open_at else "open"

    def check(self) -> None:
        """Let a call pass, or not.

        Raises:
            AcsUnavailableError: ACS is left alone for now; it says for how long.
        """
        if self._half_open_at is None:
            return
        seconds = self._half_open_at - self._clock()
        if seconds > 0 or self._probing:
            raise AcsUnavailableError(
                log=f"ACS is left alone for some seconds after repeated failures: {self._cause}",
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
        probe = self._probing = self._half_open_at is not None
        started, before = self._clock(), sent()
        try:
            yield
        except AcsUnavailableError as error:
            if sent() > before:
                self._failed(str(error), error.wait, probe=probe)
            raise
        except asyncio.CancelledError:
            if self._clock() - started >= SILENCE_SECONDS and sent() > before:
                self._failed("No answer until the deadline.", None, probe=probe)
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
        if self._half_open_at is not None:
            log.warning("ACS answers again.")
        self._failures = 0
        self._half_open_at = None

    def _failed(self, cause: str, wait: int | None, *, probe: bool) -> None:
        self._failures += 1
        self._cause = cause
        if probe or (self._failures >= FAILURES and self._half_open_at is None):
            seconds = min(wait or OPEN_SECONDS, MAX_OPEN_SECONDS)
            log.warning("ACS is left alone for %d s after repeated failures: %s", seconds, cause)
            self._half_open_at = self._clock() + seconds
