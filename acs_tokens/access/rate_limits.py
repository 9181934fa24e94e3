"""Rate limits: token buckets, in this process alone.

With N processes or instances a caller gets up to N times as much; the platform's limit on
instances bounds that. See docs/settings.md, "Rate limits".
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from acs_tokens.errors import TooManyRequestsError
from acs_tokens.settings.rate_limits import RateLimitSettings

MAX_BUCKETS = 10_000  # a bucket takes some 200 bytes


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class TokenBuckets:
    """A token bucket for each key; the least recently used ones are dropped, which refills them.

    Args:
        what: What is limited, for the caller and the log.
        per_minute: How fast a bucket fills. It holds what comes in two minutes, and at least 1.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self, what: str, per_minute: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._per_second = per_minute / 60
        self._capacity = max(2 * per_minute, 1)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str | None) -> None:
        """Take one token.

        Args:
            key: Whose bucket. None, an unknown client, is not limited: all unknown clients would
                share one bucket, and one of them could lock out all.

        Raises:
            TooManyRequestsError: The bucket is empty; ``retry_after`` says when it is not.
        """
        if key is None:
            return
        bucket = self._filled(key)
        if bucket.tokens < 1:
            seconds = math.ceil((1 - bucket.tokens) / self._per_second)
            raise TooManyRequestsError(f"Too many {self._what}.", retry_after=max(seconds, 1))
        bucket.tokens -= 1

    def _filled(self, key: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(self._capacity, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        gained = (now - bucket.filled_at) * self._per_second
        bucket.tokens = min(self._capacity, bucket.tokens + gained)
        bucket.filled_at = now
        return bucket


class RateLimits:
    """The rate limits of this process.

    Attributes:
        new_guests: By client.
        all_new_guests: By nothing: one key for all.
        requests: By signed-in user or guest.
        failed_sign_ins: By client.
    """

    def __init__(self, settings: RateLimitSettings) -> None:
        self.new_guests = TokenBuckets("new guests of one client", settings.new_guests)
        self.all_new_guests = TokenBuckets("new guests in all", settings.all_new_guests)
        self.requests = TokenBuckets("requests of one caller", settings.requests)
        self.failed_sign_ins = TokenBuckets(
            "wrong credentials of one client", settings.failed_sign_ins
        )
