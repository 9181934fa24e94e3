"""The circuit breaker, with a clock that the test moves."""

import asyncio
import contextlib
from itertools import count

import pytest

from acs_tokens.acs.circuit_breaker import CircuitBreaker
from acs_tokens.acs.failures import UpstreamError
from acs_tokens.problems import AcsAuthError, AcsResponseError, AcsUnavailableError, Problem
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(clock)


def outage(retry_after: int | None = None) -> UpstreamError:
    return UpstreamError(AcsUnavailableError(), retry_after=retry_after)


def fail(breaker: CircuitBreaker, times: int = 1, *, retry_after: int | None = None) -> None:
    for _ in range(times):
        with pytest.raises(UpstreamError), breaker.record(count().__next__):
            raise outage(retry_after)


def test_it_says_why_it_is_open(breaker: CircuitBreaker, caplog: pytest.LogCaptureFixture) -> None:
    fail(breaker, 5)

    assert "repeated failures of ACS: ACS is unavailable" in str(refusal(breaker))
    assert "open for 5 s" in caplog.text


def refusal(breaker: CircuitBreaker) -> Problem:
    with pytest.raises(UpstreamError) as caught:
        breaker.check()
    return caught.value.problem


def test_four_failures_leave_it_closed(breaker: CircuitBreaker) -> None:
    fail(breaker, 4)

    breaker.check()
    assert breaker.state == "closed"


def test_five_failures_in_a_row_open_it_for_five_seconds(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    fail(breaker, 5)
    assert refusal(breaker).retry_after == 5

    clock.now += 4.5
    assert refusal(breaker).retry_after == 1
    assert breaker.state == "open"


@pytest.mark.parametrize(
    "failure", [None, UpstreamError(AcsResponseError())], ids=["success", "a strange response"]
)
def test_a_response_in_between_resets_the_count(
    breaker: CircuitBreaker, failure: UpstreamError | None
) -> None:
    fail(breaker, 4)
    try:
        with breaker.record(count().__next__):
            if failure:
                raise failure
    except UpstreamError:
        pass
    fail(breaker, 4)

    assert breaker.state == "closed"


def test_a_single_probe_decides(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 5)
    clock.now += 5
    assert breaker.state == "half-open"

    with breaker.record(count().__next__):
        assert refusal(breaker).retry_after == 1

    breaker.check()
    assert breaker.state == "closed"


def test_a_probe_that_fails_opens_it_again(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 5)
    clock.now += 5
    fail(breaker)

    assert refusal(breaker).retry_after == 5


@pytest.mark.parametrize(("asked", "waited"), [(7, 7), (60, 30)])
def test_it_stays_open_for_as_long_as_acs_asks(
    breaker: CircuitBreaker, asked: int, waited: int
) -> None:
    fail(breaker, 5, retry_after=asked)

    assert refusal(breaker).retry_after == waited


def test_a_failure_that_began_earlier_does_not_keep_it_open(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    early = contextlib.ExitStack()
    early.enter_context(breaker.record(count().__next__))
    fail(breaker, 5)
    clock.now += 4
    with pytest.raises(UpstreamError), early:
        raise outage()

    assert refusal(breaker).retry_after == 1


@pytest.mark.parametrize(("seconds", "state"), [(2, "open"), (1, "closed")])
def test_silence_until_the_deadline_is_a_failure_unless_it_was_short(
    breaker: CircuitBreaker, clock: Clock, seconds: int, state: str
) -> None:
    fail(breaker, 4)
    attempt = contextlib.ExitStack()
    attempt.enter_context(breaker.record(count().__next__))
    clock.now += seconds
    with pytest.raises(asyncio.CancelledError), attempt:
        raise asyncio.CancelledError

    assert breaker.state == state


@pytest.mark.parametrize("problem", [AcsUnavailableError(), AcsAuthError(log="No token.")])
def test_an_attempt_that_sent_nothing_does_not_count(
    breaker: CircuitBreaker, clock: Clock, problem: Problem
) -> None:
    fail(breaker, 5)
    clock.now += 5
    with pytest.raises(UpstreamError), breaker.record(lambda: 0):
        raise UpstreamError(problem)

    assert breaker.state == "half-open"


def test_after_a_cancelled_probe_another_one_may_run(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 5)
    clock.now += 5
    with pytest.raises(asyncio.CancelledError), breaker.record(count().__next__):
        raise asyncio.CancelledError

    breaker.check()
