"""RS256 tokens with the header that ACS and Entra use."""

import base64
import hashlib
import json
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


class KeyRing:
    """Two published keys, as Entra always has several: the first signs, the other comes next."""

    def __init__(self) -> None:
        self._signers = (Signer(), Signer())

    def sign(self, claims: Claims) -> str:
        """Sign claims with the first key."""
        return self._signers[0].sign(claims)

    def read(self, token: str) -> Claims | None:
        """Return the claims if a published key signed the token, expired or not; else None."""
        found = (signer.read(token) for signer in self._signers)
        return next((claims for claims in found if claims is not None), None)

    def rotate(self) -> None:
        """Let the next key sign; a new one takes the place of the one that signed until now."""
        self._signers = (self._signers[1], Signer())

    def public_keys(self) -> list[dict[str, Any]]:
        """The public keys as JWKs, the signing one first."""
        return [signer.public_key() for signer in self._signers]


def read_unverified(token: str, algorithms: tuple[str, ...]) -> Claims | None:
    """Return the claims of what looks like a token signed by somebody; else None."""
    try:
        header, claims, signature = token.split(".")
        members, contents = (
            json.loads(base64.b64decode(f"{part}==", altchars=b"-_")) for part in (header, claims)
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(members, dict) or not isinstance(contents, dict):
        return None
    return contents if members.get("alg") in algorithms and signature else None


def wire_time(seconds: float) -> str:
    """A time as ACS writes it: ``2023-01-10T14:18:20.1501519+00:00``."""
    # .NET counts tenths of a microsecond; Python's clock does not, hence the last 0.
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%f}0+00:00"
