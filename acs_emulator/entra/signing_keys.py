"""The keys that Entra signs its tokens with and publishes."""

from typing import Any

from acs_emulator.signing import Claims, Signer


class SigningKeys:
    """Two published keys: the first one signs, the second one is next.

    Entra also publishes several keys, so that clients know a key before it signs.
    """

    def __init__(self) -> None:
        self._signers = (Signer(), Signer())

    def sign(self, claims: Claims) -> str:
        """Return a token that the first key signed."""
        return self._signers[0].sign(claims)

    def verify(self, token: str) -> Claims | None:
        """Return the claims if a published key signed the token, expired or not; else None."""
        results = (signer.verify(token) for signer in self._signers)
        return next((claims for claims in results if claims is not None), None)

    def rotate(self) -> None:
        """Drop the first key, let the second one sign, and publish a new second key."""
        self._signers = (self._signers[1], Signer())

    def public_keys(self) -> list[dict[str, Any]]:
        """Return the public keys as JWKs, the signing one first."""
        return [signer.public_key() for signer in self._signers]
