"""Attempts whose response never comes."""

import asyncio
import weakref

import pytest

from acs_tokens.acs import attempts
from acs_tokens.acs.attempts import AcsRequests
from acs_tokens.acs.retries import RetryPolicy
from acs_tokens.context import RequestContext, current_request
from acs_tokens.problems import AcsUnavailableError

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


async def test_an_entra_token_that_takes_too_long_is_no_silence_of_acs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attempts, "LAST_ATTEMPT_SECONDS", 0.01)
    current_request.set(RequestContext("a test"))

    with pytest.raises(AcsUnavailableError, match="No Entra token for ACS in"):
        await AcsRequests(None).run(asyncio.Event().wait, ONCE)


def request_that_ends_in(seconds: float) -> RequestContext:
    """A request whose deadline cancels the running task."""
    task = asyncio.current_task()
    assert task
    return RequestContext("a test", asyncio.get_running_loop().time() + seconds, weakref.ref(task))


async def test_a_step_that_outlives_its_request_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "LAST_ATTEMPT_SECONDS", 0.02)
    current_request.set(request_that_ends_in(0.01))
    step = asyncio.create_task(AcsRequests(None).run(for_ever, ONCE))

    async with asyncio.timeout(30):
        with pytest.raises(AcsUnavailableError, match="No response from ACS"):
            await step


async def test_an_attempt_has_no_limit_of_its_own_when_the_deadline_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attempts, "LAST_ATTEMPT_SECONDS", 0.02)
    current_request.set(request_that_ends_in(0.01))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await AcsRequests(None).run(for_ever, ONCE)
