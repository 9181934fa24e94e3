"""The retry policy."""

import pytest

from acs_tokens.acs.failures import Retry, UpstreamError
from acs_tokens.acs.retries import CHANGE, CREATE, EXCHANGE, RetryPolicy
from acs_tokens.errors import AcsUnavailableError


@pytest.mark.parametrize(
    ("policy", "retry", "allowed"),
    [
        (CREATE, Retry.SAFE, 1),
        (CREATE, Retry.IF_IDEMPOTENT, 0),
        (EXCHANGE, Retry.IF_IDEMPOTENT, 1),
        (CHANGE, Retry.IF_IDEMPOTENT, 2),
        (CHANGE, Retry.NEVER, 0),
    ],
)
def test_a_create_is_repeated_only_when_acs_did_nothing(
    policy: RetryPolicy, retry: Retry, allowed: int
) -> None:
    failure = UpstreamError(AcsUnavailableError(), retry=retry)

    assert sum(policy.allows(failure, done) for done in range(5)) == allowed
