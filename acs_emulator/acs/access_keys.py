"""The resource's two access keys, and which tokens end with each.

https://learn.microsoft.com/azure/communication-services/concepts/authentication
"""

import base64
import hmac
import secrets

NAMES = ("primary", "secondary")
KEY_BYTES = 64


class AccessKeys:
    """Both keys count; each is regenerated on its own, so that clients can change over.

    Args:
        primary: Base64, as is the secondary one.
    """

    def __init__(self, primary: str, secondary: str) -> None:
        given = zip(NAMES, (primary, secondary), strict=True)
        self._keys = {name: base64.b64decode(key, validate=True) for name, key in given}
        # Tokens by their hash: whoever measures has millions issued.
        self._issued: dict[str, set[int]] = {name: set() for name in NAMES}
        self._ended: set[int] = set()

    def name_of_signer(self, text: str, signature: str) -> str | None:
        """Say which key signed a text; None when neither did.

        Args:
            signature: The HMAC-SHA256 of the text, base64.
        """
        for name, key in self._keys.items():
            expected = hmac.digest(key, text.encode(errors="surrogateescape"), "sha256")
            if hmac.compare_digest(base64.b64encode(expected), signature.encode(errors="replace")):
                return name
        return None

    def regenerate(self, name: str) -> str:
        """Make a new key in the place of one, which counts no more; return it in base64."""
        self._keys[name] = secrets.token_bytes(KEY_BYTES)
        ended, self._issued[name] = self._issued[name], set()
        self._ended |= ended.difference(*self._issued.values())
        return base64.b64encode(self._keys[name]).decode()

    def note(self, token: str, name: str) -> None:
        """Remember that a token was issued with a key."""
        self._issued[name].add(_identify(token))
        self._ended.discard(_identify(token))  # the exchange of a Teams token repeats itself

    def has_ended(self, token: str) -> bool:
        """Whether the key that a token was issued with is gone."""
        return _identify(token) in self._ended


def _identify(token: str) -> int:
    return hash(token.rpartition(".")[0])  # what is signed: a signature can be spelled in two ways
