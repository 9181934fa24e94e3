"""How often callers may ask of one process."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from acs_tokens.settings.environ import Environ

MAX_PER_MINUTE = 100_000


class RateLimitSettings(BaseModel):
    """Requests a minute; a caller that was idle may have twice as many at once.

    Attributes:
        new_guests: New guests of one client.
        all_new_guests: New guests of all clients. ACS takes 2,000 a minute for a whole resource.
        calls: Calls of one person or guest.
        failed_proofs: Wrong proofs of one client.
    """

    model_config = ConfigDict(frozen=True)

    new_guests: float
    all_new_guests: float
    calls: float
    failed_proofs: float

    @classmethod
    def from_environ(cls, environ: Environ) -> Self:
        """Read the limits.

        Raises:
            MisconfiguredError: One is no number.
        """
        return cls(
            new_guests=_per_minute(environ, "LIMIT_NEW_GUESTS", 5),
            all_new_guests=_per_minute(environ, "LIMIT_ALL_NEW_GUESTS", 600),
            calls=_per_minute(environ, "LIMIT_CALLS", 30),
            failed_proofs=_per_minute(environ, "LIMIT_FAILED_PROOFS", 20),
        )


def _per_minute(environ: Environ, name: str, default: float) -> float:
    return environ.number(name, default, low=0, high=MAX_PER_MINUTE)
