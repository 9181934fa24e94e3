"""Rate limits: token buckets, in this process alone.

With N processes or instances a caller gets up to N times as much; the platform's limit on
instances bounds that. See docs/settings.md, "Rate limits".
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from acs_tokens.context import ClientKey
from acs_tokens.problems import TooManyRequestsError
from acs_tokens.settings.rate_limits import RateLimitSettings

MAX_BUCKETS = 10_000  # a bucket takes some 200 bytes
ALL = "all"  # the key of what is limited for all callers together


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class TokenBuckets:
    """A token bucket for each key; the least recently used ones are dropped, which refills them.

    Args:
        message: What a caller over the limit is told: a sentence, also for the log.
        per_minute: How fast a bucket fills. It holds what comes in two minutes, and at least 1.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self, message: str, per_minute: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._message = message
        self._per_second = per_minute / 60
        self._capacity = max(2 * per_minute, 1)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def check(self, key: str, *, share: int = 1, cost: int = 1) -> None:
        """Check that a bucket holds enough tokens, and take none.

        Args:
            key: Whose bucket.
            share: How many times larger and faster this key's bucket is than others.
            cost: How many tokens a request takes; all, if the bucket holds fewer when it is full.

        Raises:
            TooManyRequestsError: The bucket does not hold so many; ``retry_after`` says when it
                will.
        """
        bucket = self._filled(key, share)
        missing = min(cost, self._capacity * share) - bucket.tokens
        if missing > 0:
            seconds = math.ceil(missing / (self._per_second * share))
            raise TooManyRequestsError(self._message, retry_after=max(seconds, 1))

    def take(self, key: str, *, share: int = 1, cost: int = 1) -> None:
        """Take tokens from a bucket.

        Args:
            key, share, cost: As for `check`.

        Raises:
            TooManyRequestsError: As `check`.
        """
        self.check(key, share=share, cost=cost)
        self.deduct(key, cost)

    def deduct(self, key: str, cost: int) -> None:
        """Take tokens from a bucket that `check` has just found to hold enough."""
        self._buckets[key].tokens -= cost

    def _filled(self, key: str, share: int) -> _Bucket:
        now, capacity = self._clock(), self._capacity * share
        bucket = self._buckets.setdefault(key, _Bucket(capacity, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        gained = (now - bucket.filled_at) * self._per_second * share
        bucket.tokens = min(capacity, bucket.tokens + gained)
        bucket.filled_at = now
        return bucket


@dataclass(frozen=True)
class Withdrawal:
    """Tokens to take from one bucket; the fields are those of `TokenBuckets.check`."""

    buckets: TokenBuckets
    key: str
    share: int = 1
    cost: int = 1


class RateLimits:
    """The rate limits of this process.

    Attributes:
        requests: By signed-in user or guest.
    """

    def __init__(self, settings: RateLimitSettings) -> None:
        self.requests = TokenBuckets("You sent too many requests.", settings.requests)
        self._new_guests = TokenBuckets(
            "Too many new guests from your network address.", settings.new_guests
        )
        self._all_new_guests = TokenBuckets("Too many new guests in all.", settings.all_new_guests)
        self._guest_requests = TokenBuckets(
            "Too many guest requests from your network address.", settings.guest_requests
        )
        self._all_guest_requests = TokenBuckets(
            "Too many guest requests in all.", settings.all_guest_requests
        )
        self._failed_sign_ins = TokenBuckets(
            "Too many wrong credentials from your network address.", settings.failed_sign_ins
        )

    def admit_new_guest(self, client: Iterable[ClientKey]) -> None:
        """Count a new guest, by client and in all.

        Raises:
            TooManyRequestsError: One of the limits is reached.
        """
        take_all([*_of_client(self._new_guests, client), Withdrawal(self._all_new_guests, ALL)])

    def admit_guest_request(
        self, guest: str, client: Iterable[ClientKey], *, cost: int = 1
    ) -> None:
        """Count a request with a guest handle, by guest, by client and in all.

        Args:
            guest: The guest's user id.
            client: Where the request comes from.
            cost: How much it counts in all.

        Raises:
            TooManyRequestsError: One of the limits is reached.
        """
        take_all(
            [
                Withdrawal(self.requests, guest),
                *_of_client(self._guest_requests, client),
                Withdrawal(self._all_guest_requests, ALL, cost=cost),
            ]
        )

    def count_failed_sign_in(self, client: Iterable[ClientKey]) -> None:
        """Count a request with a missing or wrong credential, by client.

        Raises:
            TooManyRequestsError: The limit is reached.
        """
        take_all(_of_client(self._failed_sign_ins, client))


def take_all(withdrawals: Sequence[Withdrawal]) -> None:
    """Take from all buckets, or from none: a refused request uses up nothing.

    Raises:
        TooManyRequestsError: One of the buckets does not hold enough.
    """
    for each in withdrawals:
        each.buckets.check(each.key, share=each.share, cost=each.cost)
    for each in withdrawals:
        each.buckets.deduct(each.key, each.cost)


def _of_client(buckets: TokenBuckets, client: Iterable[ClientKey]) -> list[Withdrawal]:
    return [Withdrawal(buckets, key.text, share=key.share) for key in client]
