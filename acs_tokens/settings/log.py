"""The key for the hashes that stand for ids in the log."""

import hmac
import secrets
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, SecretBytes, SecretStr

from acs_tokens.settings.environ import Environ

KEY = "LOG_HASH_KEY"
LABEL = b"acs-tokens: ids in the log"  # separates the derived key from other uses of the access key


class LogSettings(BaseModel):
    """Settings of the log.

    Attributes:
        hash_key: The HMAC key for the hashes of ids.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    hash_key: SecretBytes

    @classmethod
    def from_environ(cls, environ: Environ, access_keys: Sequence[SecretStr]) -> Self:
        """Read the key, or derive it from the first access key, so that all processes agree.

        Without an access key, each process generates a random key.

        Args:
            environ: The environment.
            access_keys: Those of the ACS resource, base64; may be empty.

        Raises:
            MisconfiguredError: The value is not a key, or one that can be guessed.
        """
        if text := environ.text(KEY):
            key = environ.key(KEY, text)
        elif access_keys:
            key = hmac.digest(access_keys[0].get_secret_value().encode(), LABEL, "sha256")
        else:
            key = secrets.token_bytes(32)
        return cls(hash_key=SecretBytes(key))
