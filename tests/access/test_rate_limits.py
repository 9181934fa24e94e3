"""Token buckets."""

import tracemalloc

import pytest

from acs_tokens.access.rate_limits import MAX_BUCKETS, TokenBuckets, Withdrawal, take_all
from acs_tokens.problems import TooManyRequestsError
from tests.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(buckets: TokenBuckets, caller: str, tries: int, share: int = 1) -> int:
    """How many of so many tries are let through."""
    through = 0
    for _ in range(tries):
        try:
            buckets.take(caller, share=share)
        except TooManyRequestsError:
            break
        through += 1
    return through


def test_a_bucket_holds_two_minutes_and_fills_with_time(clock: Clock) -> None:
    buckets = TokenBuckets("Too many.", per_minute=6, clock=clock)

    assert taken(buckets, "a", 100) == 12
    clock.now += 10
    assert taken(buckets, "a", 100) == 1
    clock.now += 3600
    assert taken(buckets, "a", 100) == 12


def test_it_says_when_to_come_back(clock: Clock) -> None:
    buckets = TokenBuckets("Too many.", per_minute=6, clock=clock)
    taken(buckets, "a", 100)
    clock.now += 4

    with pytest.raises(TooManyRequestsError) as caught:
        buckets.take("a")

    assert caught.value.retry_after == 6
    clock.now += 6
    buckets.take("a")


def test_callers_have_buckets_of_their_own(clock: Clock) -> None:
    buckets = TokenBuckets("Too many.", per_minute=1, clock=clock)

    assert taken(buckets, "a", 9) == taken(buckets, "b", 9) == 2


def test_a_key_with_a_share_may_use_so_many_times_more(clock: Clock) -> None:
    buckets = TokenBuckets("Too many.", per_minute=6, clock=clock)

    assert taken(buckets, "a", 1000, share=10) == 120
    clock.now += 10
    assert taken(buckets, "a", 1000, share=10) == 10


def test_a_request_may_take_several_tokens(clock: Clock) -> None:
    buckets = TokenBuckets("Too many.", per_minute=6, clock=clock)
    for _ in range(6):
        buckets.take("a", cost=2)

    with pytest.raises(TooManyRequestsError) as refused:
        buckets.take("a", cost=2)

    assert refused.value.retry_after == 20


def test_a_request_for_more_than_a_bucket_holds_takes_all_of_it(clock: Clock) -> None:
    buckets = TokenBuckets("Too many.", per_minute=0.5, clock=clock)

    buckets.take("a", cost=2)

    with pytest.raises(TooManyRequestsError):
        buckets.take("a")


def test_a_request_for_more_than_a_bucket_holds_waits_until_it_is_full(clock: Clock) -> None:
    buckets = TokenBuckets("Too many.", per_minute=0.5, clock=clock)
    buckets.take("a")
    clock.now += 60

    with pytest.raises(TooManyRequestsError) as refused:
        buckets.take("a", cost=2)

    assert refused.value.retry_after == 60
    clock.now += 60
    buckets.take("a", cost=2)


def test_every_key_of_a_client_is_counted(clock: Clock) -> None:
    buckets = TokenBuckets("Too many.", per_minute=1, clock=clock)
    wide = Withdrawal(buckets, "2001:db8::/56", share=4)
    for number in range(8):
        take_all([Withdrawal(buckets, f"2001:db8:0:{number:x}::/64"), wide])

    with pytest.raises(TooManyRequestsError):
        take_all([Withdrawal(buckets, "2001:db8:0:ff::/64"), wide])


def test_any_number_of_callers_needs_little_memory(clock: Clock) -> None:
    buckets = TokenBuckets("Too many.", per_minute=1, clock=clock)
    tracemalloc.start()
    for number in range(3 * MAX_BUCKETS):
        buckets.take(str(number))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size < 10_000_000


def test_a_refused_request_uses_up_nothing(clock: Clock) -> None:
    own, everybodys = (TokenBuckets("Too many things.", rate, clock) for rate in (1, 0.5))
    everybodys.take("all")
    both = [Withdrawal(own, "a"), Withdrawal(everybodys, "all")]
    for _ in range(5):
        with pytest.raises(TooManyRequestsError):
            take_all(both)

    assert taken(own, "a", 10) == 2
