"""The retry policy for requests to ACS: which failures are retried, how often, and until when."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from acs_tokens.acs.access_keys import AccessKeys
from acs_tokens.acs.circuit_breaker import CircuitBreaker
from acs_tokens.acs.failures import Retry, UpstreamError
from acs_tokens.acs.request_slots import MIN_ATTEMPT_SECONDS, RequestSlots
from acs_tokens.context import current_request
from acs_tokens.errors import AcsUnavailableError, IdentityNotFoundError

log = logging.getLogger(__name__)

ATTEMPT_SECONDS = 4  # so that a second attempt fits into a request's 8 s
LAST_ATTEMPT_SECONDS = 10  # also of work that goes on after the request's deadline
PAUSE_SECONDS = (0.1, 0.4)  # a random pause between these, if ACS asks for none

Result = TypeVar("Result")
Attempt = Callable[[], Awaitable[Result]]


@dataclass(frozen=True)
class RetryPolicy:
    """How an operation may be retried.

    Attributes:
        retries: How often at most, after the first attempt.
        idempotent: Whether it may be retried after an attempt that ACS may have carried out.
    """

    retries: int
    idempotent: bool

    def allows(self, error: UpstreamError, retries_done: int) -> bool:
        """Return whether to retry after this failure, time permitting."""
        is_safe = error.retry is Retry.SAFE or (
            error.retry is Retry.IF_IDEMPOTENT and self.idempotent
        )
        return is_safe and retries_done < self.retries


# ACS has no way to mark a create as a repeated one: after a lost response, a retry would leave an
# identity that nobody knows of.
CREATE = RetryPolicy(1, idempotent=False)
EXCHANGE = RetryPolicy(1, idempotent=True)
CHANGE = RetryPolicy(2, idempotent=True)  # issue, revoke, delete
CHECK = RetryPolicy(0, idempotent=True)


class IdentityAlreadyGoneError(IdentityNotFoundError):
    """ACS has no such identity, after an attempt of the same request that may have deleted it."""


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
        retries_done, maybe_done = 0, False
        other_keys = len(self._keys) - 1 if self._keys else 0
        while True:
            key = self._keys.current if self._keys else 0
            try:
                return await self._attempt(attempt, policy, retries_done)
            except UpstreamError as error:
                if self._keys and other_keys and error.try_other_key:
                    other_keys -= 1
                    self._switch_key(self._keys, key, error)
                    continue
                if maybe_done and isinstance(error.problem, IdentityNotFoundError):
                    raise IdentityAlreadyGoneError from error
                await asyncio.sleep(_pause(error, policy, retries_done))
                retries_done += 1
                maybe_done = maybe_done or error.retry is not Retry.SAFE

    async def _attempt(
        self, attempt: Attempt[Result], policy: RetryPolicy, retries_done: int
    ) -> Result:
        self.breaker.check()  # before waiting for a slot
        context = current_request.get()
        is_last = not policy.idempotent or retries_done >= policy.retries
        async with self._slots.take(context.seconds_left):
            with self.breaker.record(lambda: context.audit.acs_requests):
                return await _in_time(attempt, LAST_ATTEMPT_SECONDS if is_last else ATTEMPT_SECONDS)

    @staticmethod
    def _switch_key(keys: AccessKeys, refused: int, error: UpstreamError) -> None:
        keys.switch_from(refused)
        log.warning("%s This process uses access key %d from now on.", error, keys.current + 1)


async def _in_time(attempt: Attempt[Result], limit_seconds: float) -> Result:
    try:
        async with asyncio.timeout(limit_seconds):
            return await attempt()
    except TimeoutError:
        raise UpstreamError(
            AcsUnavailableError(log=f"No response from ACS in {limit_seconds} s."),
            retry=Retry.IF_IDEMPOTENT,
        ) from None


def _pause(error: UpstreamError, policy: RetryPolicy, retries_done: int) -> float:
    """Return the seconds to wait before the next attempt.

    Raises:
        Problem: There is to be no other attempt.
    """
    seconds = error.retry_after or random.uniform(*PAUSE_SECONDS)  # noqa: S311 no secret
    in_time = current_request.get().seconds_left() >= seconds + MIN_ATTEMPT_SECONDS
    if not (in_time and policy.allows(error, retries_done)):
        raise error.problem from error
    return seconds
