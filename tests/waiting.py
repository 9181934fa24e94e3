"""Waiting for an event: tests wait until it has happened, and never for a time."""

import time
from collections.abc import Callable

# However busy the machine is, nothing takes so long: a test that reaches this limit has failed.
LIMIT_SECONDS = 120
POLL_SECONDS = 0.005


def wait_until(has_happened: Callable[[], object], event: str) -> None:
    """Wait until a condition holds.

    Args:
        has_happened: Is asked again and again until it returns something true.
        event: What the test waits for, to be named when it does not happen.

    Raises:
        AssertionError: It did not happen within `LIMIT_SECONDS`.
    """
    end = time.monotonic() + LIMIT_SECONDS
    while not has_happened():
        assert time.monotonic() < end, f"not within {LIMIT_SECONDS} s: {event}"
        time.sleep(POLL_SECONDS)
