"""Rate limits for callers: token buckets, in this process alone.

With N processes or instances a caller gets up to N times as much; the limit of the app is the
platform's limit on instances. See README, "RateLimits".
"""

import functools
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from acs_tokens.errors import TooManyRequestsError
from acs_tokens.settings.rate_limits import RateLimitSettings

MAX_CALLERS = 10_000  # a bucket is some 200 bytes
UNKNOWN = "unknown"


@dataclass
class _Bucket:
    tokens: float
    at: float


class TokenBuckets:
    """One bucket a caller; those not used for longest are forgotten, which refills them.

    Args:
        what: What is counted, for the caller and the log.
        per_minute: How fast a bucket fills; it holds what comes in two minutes.
        clock: Seconds that never go back.
    """

    def __init__(
        self, what: str, per_minute: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._per_second = per_minute / 60
        self._burst = max(2 * per_minute, 1)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, caller: str) -> None:
        """Take one token of a caller's.

        Raises:
            TooManyRequestsError: There is none; it says when there will be.
        """
        bucket = self._filled(caller)
        # Where the platform does not say who calls, one could use up what is everybody's.
        if bucket.tokens < 1 and caller != UNKNOWN:
            seconds = math.ceil((1 - bucket.tokens) / self._per_second)
            raise TooManyRequestsError(f"Too many {self._what}.", retry_after=max(seconds, 1))
        bucket.tokens -= 1

    def _filled(self, caller: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(caller, _Bucket(self._burst, now))
        self._buckets.move_to_end(caller)
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._per_second)
        bucket.at = now
        return bucket


class RateLimits:
    """The limits of this process."""

    def __init__(self, rates: RateLimitSettings) -> None:
        self.new_guests = TokenBuckets("new guests of one client", rates.new_guests)  # by client
        self.all_new_guests = TokenBuckets("new guests in all", rates.all_new_guests)
        self.calls = TokenBuckets("calls of one caller", rates.calls)  # by person or guest
        self.failed_proofs = TokenBuckets(
            "wrong proofs of one client", rates.failed_proofs
        )  # by client


@functools.lru_cache(MAX_CALLERS)
def client_key(address: str) -> str:
    """What a client is counted by: its address, with IPv6 its /64, which is one household.

    Args:
        address: As the platform writes it, with or without a port.
    """
    text = address.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text)
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((parsed.packed[:8] + bytes(8), 64)))
    return str(parsed)
