"""A failed request to ACS: the problem for our caller, and whether the request may be retried."""

from enum import Enum

from acs_tokens.errors import Problem


class Retry(Enum):
    """Whether a failed request may be sent again."""

    SAFE = "ACS provably did not carry it out"
    IF_IDEMPOTENT = "ACS may have carried it out"
    NEVER = "it would fail again"


class UpstreamError(Exception):
    """A request to ACS that failed.

    Args:
        problem: What our caller is told.
        retry: Whether the request may be sent again.
        retry_after: ``Retry-After`` from ACS in whole seconds; None if it sent none.
        try_other_key: Whether ACS refused the access key, so that the other one may do.
        code: ACS's error code, if the response names our request; else "".
    """

    def __init__(
        self,
        problem: Problem,
        *,
        retry: Retry = Retry.NEVER,
        retry_after: int | None = None,
        try_other_key: bool = False,
        code: str = "",
    ) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.retry = retry
        self.retry_after = retry_after
        self.try_other_key = try_other_key
        self.code = code
