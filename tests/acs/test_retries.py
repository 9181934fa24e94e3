"""The retry policy, and requests whose response never comes."""

import asyncio

import pytest

from acs_tokens.acs import retries
from acs_tokens.acs.failures import Retry, UpstreamError
from acs_tokens.acs.retries import CHANGE, CREATE, EXCHANGE, AcsRequests, RetryPolicy
from acs_tokens.context import RequestContext, current_request
from acs_tokens.errors import AcsUnavailableError

ONCE = RetryPolicy(0, idempotent=False)


async def for_ever() -> None:
    current_request.get().audit.sent_to_acs()
    await asyncio.Event().wait()


async def test_an_attempt_without_response_frees_its_slot_and_counts_as_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retries, "LAST_ATTEMPT_SECONDS", 0.01)
    current_request.set(RequestContext("a test"))
    requests = AcsRequests(None)

    for _ in range(5):
        with pytest.raises(AcsUnavailableError, match="No response from ACS"):
            await requests.run(for_ever, ONCE)

    assert requests.breaker.state == "open"
    assert not requests._slots._slots.locked()


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
