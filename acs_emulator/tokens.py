"""RS256 tokens with the header that ACS and Entra use."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

Claims = dict[str, Any]


class Signer:
    """An RSA key, made at start, that signs tokens and knows its own again."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048)
        # ACS takes both from its certificate; there is none here, so the public key stands in.
        thumbprint = hashlib.sha1(self._key.as_der(private=False), usedforsecurity=False).digest()
        self._key_id = thumbprint.hex().upper()
        self._header = {
            "alg": "RS256",
            "kid": self._key_id,
            "x5t": base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode(),
            "typ": "JWT",
        }

    def sign(self, claims: Claims) -> str:
        """Sign claims, in the order given."""
        return jwt.encode(self._header, claims, self._key, default_type=None)

    def read(self, token: str) -> Claims | None:
        """Return the claims if this key signed the token, expired or not; else None."""
        try:
            return jwt.decode(token, self._key, algorithms=["RS256"]).claims
        except (JoseError, TypeError, ValueError):  # a header may hold anything
            return None

    def public_key(self) -> dict[str, Any]:
        """The public key as a JWK (RFC 7517)."""
        return {
            **self._key.as_dict(private=False),
            "kid": self._key_id,
            "use": "sig",
            "alg": "RS256",
        }


def wire_time(seconds: float) -> str:
    """A time as ACS writes it: ``2023-01-10T14:18:20.1501519+00:00``."""
    # .NET counts tenths of a microsecond; Python's clock does not, hence the last 0.
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%f}0+00:00"
