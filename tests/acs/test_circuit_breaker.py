"""The breaker, with a clock that is set."""

import asyncio
import contextlib
from itertools import count

import pytest

from acs_tokens.acs.circuit_breaker import CircuitBreaker
from acs_tokens.errors import AcsAuthError, AcsResponseError, AcsUnavailableError
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(clock)


def fail(breaker: CircuitBreaker, times: int = 1, *, retry_after: int | None = None) -> None:
    for _ in range(times):
        with pytest.raises(AcsUnavailableError), breaker.watch(count().__next__):
            raise AcsUnavailableError(retry_after=retry_after)


def test_it_says_why_it_is_open(breaker: CircuitBreaker, caplog: pytest.LogCaptureFixture) -> None:
    fail(breaker, 5)

    assert "repeated failures: ACS is unavailable" in str(refusal(breaker))
    assert "left alone for 5 s" in caplog.text


def refusal(breaker: CircuitBreaker) -> AcsUnavailableError:
    with pytest.raises(AcsUnavailableError) as caught:
        breaker.check()
    return caught.value


def test_four_failures_are_borne(breaker: CircuitBreaker) -> None:
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


@pytest.mark.parametrize("answer", [None, AcsResponseError()], ids=["success", "a strange answer"])
def test_an_answer_in_between_counts_from_nought(
    breaker: CircuitBreaker, answer: Exception | None
) -> None:
    fail(breaker, 4)
    try:
        with breaker.watch(count().__next__):
            if answer:
                raise answer
    except AcsResponseError:
        pass
    fail(breaker, 4)

    assert breaker.state == "closed"


def test_a_single_probe_decides(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker, 5)
    clock.now += 5
    assert breaker.state == "half-open"

    with breaker.watch(count().__next__):
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


def test_what_ends_later_does_not_keep_it_open(breaker: CircuitBreaker, clock: Clock) -> None:
    early = contextlib.ExitStack()
    early.enter_context(breaker.watch(count().__next__))
    fail(breaker, 5)
    clock.now += 4
    with pytest.raises(AcsUnavailableError), early:
        raise AcsUnavailableError

    assert refusal(breaker).retry_after == 1


@pytest.mark.parametrize(("seconds", "state"), [(2, "open"), (1, "closed")])
def test_silence_until_the_deadline_is_a_failure_unless_it_was_short(
    breaker: CircuitBreaker, clock: Clock, seconds: int, state: str
) -> None:
    fail(breaker, 4)
    attempt = contextlib.ExitStack()
    attempt.enter_context(breaker.watch(count().__next__))
    clock.now += seconds
    with pytest.raises(asyncio.CancelledError), attempt:
        raise asyncio.CancelledError

    assert breaker.state == state


@pytest.mark.parametrize("error", [AcsUnavailableError(), AcsAuthError(log="No token.")])
def test_what_ends_before_anything_was_sent_says_nothing(
    breaker: CircuitBreaker, clock: Clock, error: Exception
) -> None:
    fail(breaker, 5)
    clock.now += 5
    with pytest.raises(type(error)), breaker.watch(lambda: 0):
        raise error

    assert breaker.state == "half-open"


def test_a_probe_that_is_cut_off_lets_the_next_one_in(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    fail(breaker, 5)
    clock.now += 5
    with pytest.raises(asyncio.CancelledError), breaker.watch(count().__next__):
        raise asyncio.CancelledError

    breaker.check()
