"""The two access keys of the resource, and which tokens end with each key.

https://learn.microsoft.com/azure/communication-services/concepts/authentication
"""

import base64
import hmac
import secrets

NAMES = ("primary", "secondary")
KEY_BYTES = 64


class AccessKeys:
    """The primary and the secondary key. Both are valid at the same time.

    Each key is regenerated separately, so that clients can move from one key to the other.

    Args:
        primary: Base64.
        secondary: Base64.
    """

    def __init__(self, primary: str, secondary: str) -> None:
        keys = zip(NAMES, (primary, secondary), strict=True)
        self._keys = {name: base64.b64decode(key, validate=True) for name, key in keys}
        # Hashes of the tokens, not the tokens: a load test issues millions of them.
        self._issued: dict[str, set[int]] = {name: set() for name in NAMES}
        self._ended: set[int] = set()

    def name_of_signer(self, text: str, signature: str) -> str | None:
        """Return the name of the key that signed a text, or None if neither key did.

        Args:
            signature: The HMAC-SHA256 of the text, base64.
        """
        for name, key in self._keys.items():
            expected = hmac.digest(key, text.encode(errors="surrogateescape"), "sha256")
            if hmac.compare_digest(base64.b64encode(expected), signature.encode(errors="replace")):
                return name
        return None

    def regenerate(self, name: str) -> str:
        """Replace a key with a new random one. The old key and its tokens become invalid.

        Args:
            name: One of `NAMES`.

        Returns:
            The new key, base64.
        """
        self._keys[name] = secrets.token_bytes(KEY_BYTES)
        ended, self._issued[name] = self._issued[name], set()
        self._ended |= ended.difference(*self._issued.values())
        return base64.b64encode(self._keys[name]).decode()

    def add_token(self, token: str, name: str) -> None:
        """Record that the request for a token was signed with a key."""
        self._issued[name].add(_hash(token))
        # The same Teams token exchanged again gives the same access token again.
        self._ended.discard(_hash(token))

    def has_ended(self, token: str) -> bool:
        """Return whether the key that a token was issued with has been regenerated."""
        return _hash(token) in self._ended


def _hash(token: str) -> int:
    # Without the signature, which base64 can spell in more than one way.
    return hash(token.rpartition(".")[0])
