"""Guest handles: what proves that a page's visitor is the guest it was.

A handle is a signed, expiring statement of ours (HS256), kept by the page and sent in a header. No
store is needed, two tabs may share one, and it ends with its identity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

import jwt

from acs_tokens.errors import UnauthorizedError
from acs_tokens.models import Scope
from acs_tokens.settings.guests import HandleKey

TYPE = "acs-guest+jwt"
ISSUER = AUDIENCE = "acs-tokens"
LIFETIME = timedelta(hours=24)  # from the identity's creation; use does not prolong it
MAX_CHARACTERS = 2048
ALGORITHM = "HS256"
REQUIRED = ["iss", "aud", "sub", "scp", "iat", "exp"]


@dataclass(frozen=True)
class GuestHandle:
    """What a handle says: which identity, and the most that its tokens may allow."""

    user_id: str
    scopes: Sequence[Scope]


class GuestHandles:
    """Signs with the first key; accepts all, so that keys can be exchanged without log-outs."""

    def __init__(self, keys: Sequence[HandleKey]) -> None:
        self._signing = keys[0]
        self._keys = {key.id: key.secret.get_secret_value() for key in keys}

    def sign(self, handle: GuestHandle) -> str:
        """Write a handle that lasts 24 hours."""
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": handle.user_id,
            "scp": list(handle.scopes),
            "iat": now,
            "exp": now + LIFETIME,
        }
        headers = {"typ": TYPE, "kid": self._signing.id}
        return jwt.encode(claims, self._keys[self._signing.id], ALGORITHM, headers)

    def read(self, text: str) -> GuestHandle:
        """Read a handle.

        Raises:
            UnauthorizedError: It is not ours, or has expired.
        """
        if len(text) > MAX_CHARACTERS:
            raise UnauthorizedError(log="The guest handle is too long.")
        try:
            header = jwt.get_unverified_header(text)
            key = self._keys.get(str(header.get("kid")))
            if key is None or header.get("typ") != TYPE or "crit" in header:
                raise UnauthorizedError(log="This is no guest handle, or its key is gone.")
            claims = jwt.decode(
                text,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": REQUIRED, "strict_aud": True},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise UnauthorizedError(log=f"Guest handle: {type(error).__name__}.") from None
        if not _are_scopes(claims["scp"]):
            raise UnauthorizedError(log="The guest handle allows what is no scope.")
        return GuestHandle(claims["sub"], tuple(claims["scp"]))


def _are_scopes(value: object) -> bool:
    return isinstance(value, list) and all(scope in get_args(Scope) for scope in value)
