"""The retry policy for requests to ACS: which failures are retried, how often, and until when.

One response is not enough to conclude that an identity does not exist: a resource that fails over
says so for a moment, and a person's identity with its chats would be given up. A second request
must say the same.
"""

import random
from dataclasses import dataclass

from acs_tokens.acs.failures import Retry, UpstreamError
from acs_tokens.acs.request_slots import MIN_ATTEMPT_SECONDS
from acs_tokens.context import current_request
from acs_tokens.errors import AcsResponseError, AcsUnavailableError, IdentityNotFoundError

PAUSE_SECONDS = (0.1, 0.4)  # a random pause between these, if ACS asks for none
CONFIRM_SECONDS = 0.3  # before a second request about an identity that is said not to exist


@dataclass(frozen=True)
class RetryPolicy:
    """How an operation may be retried.

    Attributes:
        retries: How often at most, after the first attempt.
        idempotent: Whether it may be retried after an attempt that ACS may have carried out.
        confirms_missing: Whether a second request must confirm that the identity does not exist.
    """

    retries: int
    idempotent: bool
    confirms_missing: bool = False

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
CHANGE = RetryPolicy(2, idempotent=True, confirms_missing=True)  # issue, revoke, delete
CHECK = RetryPolicy(0, idempotent=True)


class IdentityAlreadyGoneError(IdentityNotFoundError):
    """ACS has no such identity, after an attempt of the same request that may have deleted it."""


@dataclass
class AttemptHistory:
    """What the attempts of one request have shown.

    Attributes:
        retries: How many attempts followed the first one, those to confirm not counted.
        maybe_done: Whether ACS may have carried out an attempt that failed.
        missing_code: The error code by which ACS said that the identity does not exist.
    """

    retries: int = 0
    maybe_done: bool = False
    missing_code: str | None = None

    def pause_after(self, error: UpstreamError, policy: RetryPolicy) -> float:
        """Return the seconds to wait before the next attempt.

        Raises:
            Problem: There is to be no other attempt.
        """
        if isinstance(error.problem, IdentityNotFoundError):
            return self._pause_to_confirm(error, policy)
        seconds = error.retry_after or random.uniform(*PAUSE_SECONDS)  # noqa: S311 no secret
        if not (_leaves_time(seconds) and policy.allows(error, self.retries)):
            raise error.problem from error
        self.retries += 1
        self.maybe_done = self.maybe_done or error.retry is not Retry.SAFE
        return seconds

    def _pause_to_confirm(self, error: UpstreamError, policy: RetryPolicy) -> float:
        if not policy.confirms_missing or error.code == self.missing_code:
            raise (IdentityAlreadyGoneError() if self.maybe_done else error.problem) from error
        if self.missing_code is not None:
            raise AcsResponseError(log="ACS gave two reasons why an identity does not exist.")
        if not _leaves_time(CONFIRM_SECONDS):
            raise AcsUnavailableError(
                log="ACS says that an identity does not exist, and the deadline left no time to"
                " confirm it.",
                retry_after=1,
            ) from error
        self.missing_code = error.code
        return CONFIRM_SECONDS


def _leaves_time(seconds: float) -> bool:
    """Return whether such a pause leaves enough of the request's deadline for an attempt."""
    return current_request.get().seconds_left() >= seconds + MIN_ATTEMPT_SECONDS
