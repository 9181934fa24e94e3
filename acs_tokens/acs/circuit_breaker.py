"""The circuit breaker: no requests go to ACS for a while after repeated failures."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from acs_tokens.acs.failures import UpstreamError
from acs_tokens.problems import AcsUnavailableError

FAILURES = 5  # in a row
OPEN_SECONDS = 5
MAX_OPEN_SECONDS = 30  # should ACS ask for more
# A request that is cancelled at its deadline counts as a failure only if ACS had this long.
MIN_SILENCE_SECONDS = 2

log = logging.getLogger(__name__)


class CircuitBreaker:
    """Opens after five failures in a row; then one request, the probe, decides.

    A failure is no response, or a response that reports a failure of ACS. Any other response
    shows that ACS works.

    Args:
        clock: Monotonic time in seconds.
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
        """Refuse a request while the circuit breaker is open or its probe is under way.

        Raises:
            UpstreamError: No request may be sent now. Its problem, `AcsUnavailableError`, says
                when one may.
        """
        if self._half_open_at is None:
            return
        seconds = self._half_open_at - self._clock()
        if seconds > 0 or self._probing:
            raise UpstreamError(
                AcsUnavailableError(
                    log="The circuit breaker is open for some seconds after repeated failures of"
                    f" ACS: {self._cause}",
                    retry_after=max(math.ceil(seconds), 1),
                )
            )

    @contextmanager
    def record(self, sent: Callable[[], int]) -> Iterator[None]:
        """Learn from one attempt.

        Args:
            sent: Returns how many requests went to ACS so far. Attempts that sent no request (for
                example because no Entra token could be had) do not count.

        Raises:
            UpstreamError: As `check`, before the attempt begins.
        """
        self.check()
        is_probe = self._probing = self._half_open_at is not None
        started, before = self._clock(), sent()
        try:
            yield
        except UpstreamError as error:
            if sent() > before:
                self._responded(error, is_probe=is_probe)
            raise
        except asyncio.CancelledError:
            if self._clock() - started >= MIN_SILENCE_SECONDS and sent() > before:
                self._failed("No response until the deadline.", None, is_probe=is_probe)
            raise
        else:
            self._succeeded()
        finally:
            if is_probe:
                self._probing = False

    def _responded(self, error: UpstreamError, *, is_probe: bool) -> None:
        if isinstance(error.problem, AcsUnavailableError):
            self._failed(str(error), error.retry_after, is_probe=is_probe)
        else:
            self._succeeded()

    def _succeeded(self) -> None:
        if self._half_open_at is not None:
            log.warning("ACS responds again: the circuit breaker is closed.")
        self._failures = 0
        self._half_open_at = None

    def _failed(self, cause: str, retry_after: int | None, *, is_probe: bool) -> None:
        self._failures += 1
        self._cause = cause
        if is_probe or (self._failures >= FAILURES and self._half_open_at is None):
            seconds = min(retry_after or OPEN_SECONDS, MAX_OPEN_SECONDS)
            log.warning(
                "The circuit breaker is open for %d s after repeated failures of ACS: %s",
                seconds,
                cause,
            )
            self._half_open_at = self._clock() + seconds
