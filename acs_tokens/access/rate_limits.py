"""Rate limits: token buckets, in this process alone.

With N processes or instances a caller gets up to N times as much; the platform's limit on
instances bounds that. See docs/settings.md, "Rate limits".
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from acs_tokens.context import ClientKey
from acs_tokens.errors import TooManyRequestsError
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

    def take(self, key: str, *, share: int = 1, tokens: int = 1) -> None:
        """Take tokens.

        Args:
            key: Whose bucket.
            share: How many times larger and faster this key's bucket is than others.
            tokens: How many to take.

        Raises:
            TooManyRequestsError: The bucket does not hold so many; ``retry_after`` says when it
                will.
        """
        bucket = self._filled(key, share)
        if bucket.tokens < min(tokens, self._capacity * share):
            seconds = math.ceil((tokens - bucket.tokens) / (self._per_second * share))
            raise TooManyRequestsError(f"Too many {self._what}.", retry_after=max(seconds, 1))
        bucket.tokens -= tokens

    def take_for_client(self, client: Iterable[ClientKey]) -> None:
        """Take a token from each bucket of a client.

        Raises:
            TooManyRequestsError: One of them is empty.
        """
        for key in client:
            self.take(key.text, share=key.share)

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


class RateLimits:
    """The rate limits of this process.

    Attributes:
        requests: By signed-in user or guest.
    """

    def __init__(self, settings: RateLimitSettings) -> None:
        self.requests = TokenBuckets("requests of one caller", settings.requests)
        self._new_guests = TokenBuckets("new guests of one client", settings.new_guests)
        self._all_new_guests = TokenBuckets("new guests in all", settings.all_new_guests)
        self._guest_requests = TokenBuckets("requests of one client", settings.guest_requests)
        self._all_guest_requests = TokenBuckets("guests' requests", settings.all_guest_requests)
        self._failed_sign_ins = TokenBuckets(
            "wrong credentials of one client", settings.failed_sign_ins
        )

    def admit_new_guest(self, client: Iterable[ClientKey]) -> None:
        """Count a new guest, by client and in all.

        Raises:
            TooManyRequestsError: One of the limits is reached.
        """
        self._new_guests.take_for_client(client)
        self._all_new_guests.take(ALL)

    def admit_guest_request(
        self, guest: str, client: Iterable[ClientKey], *, tokens: int = 1
    ) -> None:
        """Count a request with a guest handle, by guest, by client and in all.

        Args:
            guest: The guest's user id.
            client: Where the request comes from.
            tokens: How much it counts in all.

        Raises:
            TooManyRequestsError: One of the limits is reached.
        """
        self.requests.take(guest)
        self._guest_requests.take_for_client(client)
        self._all_guest_requests.take(ALL, tokens=tokens)

    def count_failed_sign_in(self, client: Iterable[ClientKey]) -> None:
        """Count a request with a missing or wrong credential, by client.

        Raises:
            TooManyRequestsError: The limit is reached.
        """
        self._failed_sign_ins.take_for_client(client)
