"""The sign-ins that were started on the local page and have not come back."""

import time
from collections.abc import Callable

from local_host.openid_provider import OpenIdProvider, SignInAttempt

MAX_SECONDS = 600  # to sign in, with a second factor and a forgotten password
MAX_PENDING = 100


class PendingSignIns:
    """Sign-ins by their state, each to be taken once and in time.

    Args:
        now: A clock, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._pending: dict[str, tuple[float, OpenIdProvider, SignInAttempt]] = {}

    def add(self, provider: OpenIdProvider, attempt: SignInAttempt) -> None:
        """Remember a sign-in. With `MAX_PENDING` of them, the oldest is forgotten."""
        if len(self._pending) >= MAX_PENDING:
            self._pending.pop(next(iter(self._pending)))
        self._pending[attempt.state] = self._now(), provider, attempt

    def take(self, state: str) -> tuple[OpenIdProvider, SignInAttempt] | None:
        """Forget a sign-in and return it; None if it was not started, was taken, or is too old."""
        if state not in self._pending:
            return None
        began, provider, attempt = self._pending.pop(state)
        return (provider, attempt) if self._now() - began <= MAX_SECONDS else None
