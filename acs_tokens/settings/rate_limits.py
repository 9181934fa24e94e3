"""The rate limits of one process."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from acs_tokens.settings.environ import Environ

MAX_PER_MINUTE = 100_000


class RateLimitSettings(BaseModel):
    """Requests a minute. A caller that was idle may send twice as many at once.

    In its worst 30 seconds a limit of L a minute lets 2.5 L requests through. ACS allows a resource
    1,000 new identities and 1,000 tokens in 30 seconds, so that guests in all, with 200, can use
    half of each and leave the rest to others.

    Attributes:
        new_guests: New guests for each client. A school may be one client.
        all_new_guests: New guests for all clients.
        guest_requests: Requests with a guest handle, for each client.
        all_guest_requests: Requests with a guest handle, for all clients.
        requests: Requests of each signed-in user or guest.
        failed_sign_ins: Requests with a missing or wrong credential, for each client.
    """

    model_config = ConfigDict(frozen=True)

    new_guests: float
    all_new_guests: float
    guest_requests: float
    all_guest_requests: float
    requests: float
    failed_sign_ins: float

    @classmethod
    def from_environ(cls, environ: Environ) -> Self:
        """Read the rate limits.

        Raises:
            MisconfiguredError: One is not a number in its range.
        """
        return cls(
            new_guests=_per_minute(environ, "LIMIT_NEW_GUESTS", 20),
            all_new_guests=_per_minute(environ, "LIMIT_ALL_NEW_GUESTS", 200),
            guest_requests=_per_minute(environ, "LIMIT_GUEST_REQUESTS", 60),
            all_guest_requests=_per_minute(environ, "LIMIT_ALL_GUEST_REQUESTS", 200),
            requests=_per_minute(environ, "LIMIT_REQUESTS", 30),
            failed_sign_ins=_per_minute(environ, "LIMIT_FAILED_SIGN_INS", 20),
        )


def _per_minute(environ: Environ, name: str, default: float) -> float:
    return environ.number(name, default, low=0, high=MAX_PER_MINUTE)
