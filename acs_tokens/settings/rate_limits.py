"""The rate limits of one process."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from acs_tokens.settings.environ import Environ

MAX_PER_MINUTE = 100_000


class RateLimitSettings(BaseModel):
    """Requests a minute. A caller that was idle may send twice as many at once.

    Attributes:
        new_guests: New guests for each client.
        all_new_guests: New guests for all clients. ACS allows a whole resource 2,000 a minute.
        requests: Requests of each signed-in user or guest.
        failed_sign_ins: Requests with a missing or wrong credential, for each client.
    """

    model_config = ConfigDict(frozen=True)

    new_guests: float
    all_new_guests: float
    requests: float
    failed_sign_ins: float

    @classmethod
    def from_environ(cls, environ: Environ) -> Self:
        """Read the rate limits.

        Raises:
            MisconfiguredError: One is not a number in its range.
        """
        return cls(
            new_guests=_per_minute(environ, "LIMIT_NEW_GUESTS", 5),
            all_new_guests=_per_minute(environ, "LIMIT_ALL_NEW_GUESTS", 600),
            requests=_per_minute(environ, "LIMIT_REQUESTS", 30),
            failed_sign_ins=_per_minute(environ, "LIMIT_FAILED_SIGN_INS", 20),
        )


def _per_minute(environ: Environ, name: str, default: float) -> float:
    return environ.number(name, default, low=0, high=MAX_PER_MINUTE)
