"""The access keys of the ACS resource: two, so that either can be made anew at any time."""

from collections.abc import Sequence

from azure.core.credentials import AzureKeyCredential
from pydantic import SecretStr


class AccessKeys:
    """The keys, and the credential that signs with the one that ACS accepts, as far as we know.

    Args:
        keys: Base64, at least one; the first is used until ACS refuses it.
    """

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        self._keys = [key.get_secret_value() for key in keys]
        self.credential = AzureKeyCredential(self._keys[0])

    def __len__(self) -> int:
        return len(self._keys)

    def turn_from(self, refused: str) -> None:
        """Sign with the next key from now on, unless another call has seen to that already."""
        if self.credential.key == refused:
            following = (self._keys.index(refused) + 1) % len(self._keys)
            self.credential.update(self._keys[following])
