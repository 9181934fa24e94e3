"""Attempts of requests to ACS: slots, circuit breaker, time limits, and the other access key."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from acs_tokens.acs.access_keys import AccessKeys
from acs_tokens.acs.circuit_breaker import CircuitBreaker
from acs_tokens.acs.failures import Retry, UpstreamError
from acs_tokens.acs.request_slots import RequestSlots
from acs_tokens.acs.retries import AttemptHistory, RetryPolicy
from acs_tokens.context import current_request
from acs_tokens.problems import AcsUnavailableError

log = logging.getLogger(__name__)

ATTEMPT_SECONDS = 4  # so that a second attempt fits into a request's 8 s
# For the last attempt. The request's deadline usually ends it earlier, but not in the registry's
# steps, which go on after the deadline.
LAST_ATTEMPT_SECONDS = 10

Result = TypeVar("Result")
Attempt = Callable[[], Awaitable[Result]]


class AcsRequests:
    """Runs requests to ACS: with slots, circuit breaker, time limits, retries and two keys.

    Create it on the event loop that will use it, once per process.

    Args:
        keys: The resource's access keys; None where none are used.
    """

    def __init__(self, keys: AccessKeys | None) -> None:
        self._keys = keys
        self._slots = RequestSlots()
        self.breaker = CircuitBreaker()

    async def run(self, attempt: Attempt[Result], policy: RetryPolicy) -> Result:
        """Run a request until it succeeds or its failure is final.

        Args:
            attempt: Sends the request once. Raises `UpstreamError` when it fails.
            policy: How it may be retried.

        Raises:
            BusyError: There was no slot for it in time.
            IdentityAlreadyGoneError: ACS has no such identity, and an earlier attempt may be why.
            Problem: What the last failure means to our caller.
        """
        history = AttemptHistory()
        other_keys = len(self._keys) - 1 if self._keys else 0
        while True:
            key = self._keys.current if self._keys else 0
            try:
                return await self._attempt(attempt, policy, history.retries)
            except UpstreamError as error:
                if self._keys and other_keys and error.try_other_key:
                    other_keys -= 1
                    self._switch_key(self._keys, key, error)
                else:
                    await asyncio.sleep(history.pause_after(error, policy))

    async def _attempt(
        self, attempt: Attempt[Result], policy: RetryPolicy, retries_done: int
    ) -> Result:
        self.breaker.check()  # before waiting for a slot
        context = current_request.get()
        is_last = not policy.idempotent or retries_done >= policy.retries
        async with self._slots.take(context.seconds_left, is_guest=context.is_guest):
            with self.breaker.record(lambda: context.audit.acs_requests):
                limit_seconds = LAST_ATTEMPT_SECONDS if is_last else ATTEMPT_SECONDS
                if context.is_cancelled_within(limit_seconds):
                    return await attempt()  # without a timer, which costs CPU time
                return await _in_time(attempt, limit_seconds)

    @staticmethod
    def _switch_key(keys: AccessKeys, refused: int, error: UpstreamError) -> None:
        if keys.switch_from(refused):
            log.warning("%s This process uses access key %d from now on.", error, keys.current + 1)


async def _in_time(attempt: Attempt[Result], limit_seconds: float) -> Result:
    audit = current_request.get().audit
    before = audit.acs_requests
    try:
        async with asyncio.timeout(limit_seconds):
            return await attempt()
    except TimeoutError:
        # An attempt gets its Entra token before it sends anything.
        sent = audit.acs_requests > before
        missing = "response from ACS" if sent else "Entra token for ACS"
        raise UpstreamError(
            AcsUnavailableError(log=f"No {missing} in {limit_seconds} s."),
            retry=Retry.IF_IDEMPOTENT if sent else Retry.SAFE,
        ) from None
