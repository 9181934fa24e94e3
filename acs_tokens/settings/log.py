"""The key that ids are hashed with in the log."""

import hmac
import secrets
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, SecretBytes, SecretStr

from acs_tokens.settings.environ import Environ

KEY = "LOG_HASH_KEY"
LABEL = b"acs-tokens: ids in the log"  # keeps the derived key apart from other uses of ACS's


class LogSettings(BaseModel):
    """How the log is written.

    Attributes:
        hash_key: What ids are hashed with.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    hash_key: SecretBytes

    @classmethod
    def from_environ(cls, environ: Environ, access_keys: Sequence[SecretStr]) -> Self:
        """Take the key that is set; else one that all processes with this first access key derive.

        With neither, each process has a random key of its own.

        Raises:
            MisconfiguredError: It is no key, or one that anybody can guess.
        """
        if text := environ.text(KEY):
            key = environ.key(KEY, text)
        elif access_keys:
            key = hmac.digest(access_keys[0].get_secret_value().encode(), LABEL, "sha256")
        else:
            key = secrets.token_bytes(32)
        return cls(hash_key=SecretBytes(key))
