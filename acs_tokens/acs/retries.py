"""Requests to ACS: how many at once, how often each is tried, how long, and when not at all."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from acs_tokens.acs.access_keys import AccessKeys
from acs_tokens.acs.circuit_breaker import CircuitBreaker
from acs_tokens.context import current_request
from acs_tokens.errors import (
    AcsAuthError,
    AcsUnavailableError,
    Again,
    BusyError,
    IdentityNotFoundError,
    Problem,
)

log = logging.getLogger(__name__)

MAX_CALLS = 64  # at once; also bounds memory: 256 KiB for each TLS connection
PLACE_SECONDS = 0.25  # how long a call waits for another to end
ATTEMPT_SECONDS = 4  # so that a second one fits into a request's 8 s
LAST_SECONDS = 10  # also of what goes on after the request's deadline
PAUSE_SECONDS = (0.1, 0.4)
LEAST_SECONDS = 1  # what a pause must leave for the attempt after it

Result = TypeVar("Result")
Attempt = Callable[[], Awaitable[Result]]


@dataclass(frozen=True)
class RetryPolicy:
    """How an operation may be repeated.

    Attributes:
        times: After the first attempt.
        idempotent: Whether it may be repeated when the attempt before may have been carried out.
    """

    times: int
    idempotent: bool


class AcsRequests:
    """The calls of one process.

    Args:
        keys: The resource's keys; None where none are used.
    """

    def __init__(self, keys: AccessKeys | None) -> None:
        self._keys = keys
        self._places = asyncio.Semaphore(MAX_CALLS)
        self.breaker = CircuitBreaker()

    async def run(self, attempt: Attempt[Result], repeats: RetryPolicy) -> Result:
        """Make a call.

        Raises:
            BusyError: All places are taken.
            AcsUnavailableError: Also when the breaker is open.
            Problem: As the last attempt. An `IdentityNotFoundError` is ``in_doubt``
                when an attempt before it may have been carried out.
        """
        done, in_doubt = 0, False
        keys_left = len(self._keys) - 1 if self._keys else 0
        while True:
            key = self._keys.current if self._keys else 0
            try:
                return await self._attempt(attempt, repeats, done)
            except AcsAuthError as error:
                if not (self._keys and keys_left and error.key_refused):
                    raise
                keys_left -= 1
                self._keys.turn_from(key)
                log.warning("%s Going on with access key %d.", error, self._keys.current + 1)
            except IdentityNotFoundError as error:
                error.in_doubt = in_doubt
                raise
            except Problem as error:
                await asyncio.sleep(_pause(error, repeats, done))
                done += 1
                in_doubt = in_doubt or error.again is not Again.UNPROCESSED

    async def _attempt(self, attempt: Attempt[Result], repeats: RetryPolicy, done: int) -> Result:
        self.breaker.check()  # before waiting for a place
        more = repeats.idempotent and done < repeats.times
        invocation = current_request.get()
        await self._take_place()
        try:
            with self.breaker.watch(lambda: invocation.upstream_attempts):
                return await _in_time(attempt, ATTEMPT_SECONDS if more else LAST_SECONDS)
        finally:
            self._places.release()

    async def _take_place(self) -> None:
        if not self._places.locked():  # which spares most calls a timer
            await self._places.acquire()
            return
        try:
            async with asyncio.timeout(PLACE_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise BusyError("Come back in a second.", retry_after=1) from None


async def _in_time(attempt: Attempt[Result], limit: float) -> Result:
    try:
        async with asyncio.timeout(limit):
            return await attempt()
    except TimeoutError:
        raise AcsUnavailableError(
            log=f"No answer from ACS in {limit} s.", again=Again.IF_IDEMPOTENT
        ) from None


def _pause(error: Problem, repeats: RetryPolicy, done: int) -> float:
    """The seconds to wait before the next attempt; raises the error when there is to be none."""
    harmless = error.again is Again.UNPROCESSED or (
        error.again is Again.IF_IDEMPOTENT and repeats.idempotent
    )
    seconds = error.wait or random.uniform(*PAUSE_SECONDS)  # noqa: S311 no secret
    in_time = current_request.get().seconds_left() >= seconds + LEAST_SECONDS
    if not (harmless and in_time and done < repeats.times):
        raise error
    return seconds
