"""Attempts whose response never comes."""

import asyncio

import pytest

from acs_tokens.acs import attempts
from acs_tokens.acs.attempts import AcsRequests
from acs_tokens.acs.retries import RetryPolicy
from acs_tokens.context import RequestContext, current_request
from acs_tokens.errors import AcsUnavailableError

ONCE = RetryPolicy(0, idempotent=False)


async def for_ever() -> None:
    current_request.get().audit.sent_to_acs()
    await asyncio.Event().wait()


async def test_an_attempt_without_response_frees_its_slot_and_counts_as_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attempts, "LAST_ATTEMPT_SECONDS", 0.01)
    current_request.set(RequestContext("a test"))
    requests = AcsRequests(None)

    for _ in range(5):
        with pytest.raises(AcsUnavailableError, match="No response from ACS"):
            await requests.run(for_ever, ONCE)

    assert requests.breaker.state == "open"
    assert not requests._slots._all._slots.locked()
