"""Signs tokens with RS256, and verifies them.

Both emulated services use this module. ACS and Entra sign with the same algorithm and the same
header fields, so two copies would hold the same cryptography twice and could drift apart.
"""

import base64
import hashlib
from functools import cached_property
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

Claims = dict[str, Any]


class Signer:
    """An RSA key. It signs tokens and verifies its own signatures.

    It is generated when it is first needed: each key would make the start 50 ms slower.
    """

    @cached_property
    def _key(self) -> RSAKey:
        return RSAKey.generate_key(2048)

    @cached_property
    def _header(self) -> dict[str, str]:
        # ACS hashes its certificate. The emulator has no certificate, so it hashes the public key.
        thumbprint = hashlib.sha1(self._key.as_der(private=False), usedforsecurity=False).digest()
        return {
            "alg": "RS256",
            "kid": thumbprint.hex().upper(),
            "x5t": base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode(),
            "typ": "JWT",
        }

    def sign(self, claims: Claims) -> str:
        """Return a signed token. The claims keep their order."""
        return jwt.encode(self._header, claims, self._key, default_type=None)

    def verify(self, token: str) -> Claims | None:
        """Return the claims of a token that this key signed, expired or not; otherwise None."""
        try:
            return jwt.decode(token, self._key, algorithms=["RS256"]).claims
        except (JoseError, TypeError, ValueError):  # a header may hold values of any type
            return None

    def public_key(self) -> dict[str, Any]:
        """Return the public key as a JWK (RFC 7517)."""
        return {
            **self._key.as_dict(private=False),
            "kid": self._header["kid"],
            "use": "sig",
            "alg": "RS256",
        }
