"""Guest handles: the credential by which a page's visitor stays the same guest.

A handle is a JWT that this service signs (HS256). The page keeps it and sends it in a header. It
needs no store, tabs may share it, and it is worthless once its identity is deleted.

The key that signs is derived from the configured one for this purpose and for one ACS resource. So
a handle of another resource is refused, and so is whatever else was signed with the configured key.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

import jwt
from jwt.algorithms import HMACAlgorithm
from pydantic_core import to_json

from acs_tokens.models import Scope
from acs_tokens.problems import UnauthorizedError
from acs_tokens.settings.guests import HandleKey

TYPE = "acs-guest+jwt"
ISSUER = AUDIENCE = "acs-tokens"
LIFETIME = timedelta(hours=24)  # after the identity's creation; use does not prolong it
MAX_CHARACTERS = 2048
ALGORITHM = "HS256"
LABEL = b"acs-tokens: guest handles for "  # separates the derived key from other uses of the key
REQUIRED = ["iss", "aud", "sub", "scp", "first_scp", "iat", "exp"]


@dataclass(frozen=True)
class GuestHandle:
    """What a handle says.

    Attributes:
        user_id: The guest's identity.
        scopes: The scopes that its tokens may have.
        first_scopes: Those that the guest requested at first.
    """

    user_id: str
    scopes: Sequence[Scope]
    first_scopes: Sequence[Scope]


class GuestHandles:
    """Signs handles with the first key; verifies with all, so that replacing a key ends no handle.

    The keys that it uses are HMAC-SHA256 of a label and the resource, with the configured keys.

    Args:
        keys: The configured keys, at least one.
        resource: The endpoint of the ACS resource that the guests' identities belong to.
    """

    def __init__(self, keys: Sequence[HandleKey], resource: str) -> None:
        self._signing_id = keys[0].id
        self._keys = {key.id: _derived(key, resource) for key in keys}
        self._signer = jwt.PyJWS(algorithms=[])
        self._signer.register_algorithm(ALGORITHM, _HmacOfDerivedKeys(hashlib.sha256))

    def sign(self, handle: GuestHandle) -> str:
        """Return a handle that is valid for 24 hours."""
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": handle.user_id,
            "scp": list(handle.scopes),
            "first_scp": list(handle.first_scopes),
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
        }
        headers = {"typ": TYPE, "kid": self._signing_id}
        key = self._keys[self._signing_id]
        return self._signer.encode(to_json(claims), key, ALGORITHM, headers)

    def verify(self, text: str) -> GuestHandle:
        """Verify a handle.

        Raises:
            UnauthorizedError: It is not ours, is of another ACS resource, or has expired.
        """
        if len(text) > MAX_CHARACTERS:
            raise UnauthorizedError(log="The guest handle is too long.")
        try:
            header = jwt.get_unverified_header(text)
            key = self._keys.get(str(header.get("kid")))
            if key is None or header.get("typ") != TYPE or "crit" in header:
                raise UnauthorizedError(log="Not a guest handle, or its key was removed.")
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
        if not (_are_scopes(claims["scp"]) and _are_scopes(claims["first_scp"])):
            raise UnauthorizedError(log="The guest handle names an unknown scope.")
        return GuestHandle(claims["sub"], tuple(claims["scp"]), tuple(claims["first_scp"]))


class _HmacOfDerivedKeys(HMACAlgorithm):
    """Signs without PyJWT's check that a key is no certificate, which takes longer than signing.

    A derived key never is one. Handles are verified with all of PyJWT's checks.
    """

    def prepare_key(self, key: str | bytes) -> bytes:
        assert isinstance(key, bytes)  # noqa: S101 derived keys are
        return key


def _derived(key: HandleKey, resource: str) -> bytes:
    return hmac.digest(key.secret.get_secret_value(), LABEL + resource.encode(), "sha256")


def _are_scopes(value: object) -> bool:
    return isinstance(value, list) and all(scope in get_args(Scope) for scope in value)
