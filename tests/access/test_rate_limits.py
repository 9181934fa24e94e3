"""Token buckets."""

import tracemalloc

import pytest

from acs_tokens.access.rate_limits import MAX_BUCKETS, TokenBuckets
from acs_tokens.errors import TooManyRequestsError
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(buckets: TokenBuckets, caller: str | None, tries: int) -> int:
    """How many of so many tries are let through."""
    through = 0
    for _ in range(tries):
        try:
            buckets.take(caller)
        except TooManyRequestsError:
            break
        through += 1
    return through


def test_a_bucket_holds_two_minutes_and_fills_with_time(clock: Clock) -> None:
    buckets = TokenBuckets("things", per_minute=6, clock=clock)

    assert taken(buckets, "a", 100) == 12
    clock.now += 10
    assert taken(buckets, "a", 100) == 1
    clock.now += 3600
    assert taken(buckets, "a", 100) == 12


def test_it_says_when_to_come_back(clock: Clock) -> None:
    buckets = TokenBuckets("things", per_minute=6, clock=clock)
    taken(buckets, "a", 100)
    clock.now += 4

    with pytest.raises(TooManyRequestsError) as caught:
        buckets.take("a")

    assert caught.value.retry_after == 6
    clock.now += 6
    buckets.take("a")


def test_callers_have_buckets_of_their_own(clock: Clock) -> None:
    buckets = TokenBuckets("things", per_minute=1, clock=clock)

    assert taken(buckets, "a", 9) == taken(buckets, "b", 9) == 2


def test_unknown_clients_are_not_limited(clock: Clock) -> None:
    buckets = TokenBuckets("things", per_minute=1, clock=clock)

    assert taken(buckets, None, 1000) == 1000


def test_a_million_callers_need_little_memory(clock: Clock) -> None:
    buckets = TokenBuckets("things", per_minute=1, clock=clock)
    tracemalloc.start()
    for number in range(10 * MAX_BUCKETS):
        buckets.take(str(number))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size < 10_000_000
