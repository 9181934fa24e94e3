"""Signed statements: what this service says to a caller, and reads again when it comes back.

A statement is a JWT that this service signs (HS256). The key is derived from a configured one for
one kind of statement and one ACS resource. So neither another kind nor a statement of another
resource is accepted, nor whatever else was signed with the configured key.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import jwt
from jwt.algorithms import HMACAlgorithm
from pydantic_core import to_json

from acs_tokens.models.values import Scope
from acs_tokens.settings.guests import HandleKey

ISSUER = AUDIENCE = "acs-tokens"
MAX_CHARACTERS = 2048
ALGORITHM = "HS256"
TIMES = ("iss", "aud", "iat", "exp")


class NotOursError(Exception):
    """A text is no statement of ours, or is no longer valid. The message is for the log."""


@dataclass(frozen=True)
class Kind:
    """A kind of statement.

    Attributes:
        type: ``typ`` of its JWTs.
        label: Separates its keys from other uses of the configured ones; ends with a blank.
        required: The claims that it has, besides issuer, audience and times.
    """

    type: str
    label: bytes
    required: Sequence[str]


class Statements:
    """Signs with the first key; verifies with all, so that replacing a key ends no statement.

    Args:
        kind: What is signed.
        keys: The configured keys, at least one.
        resource: The endpoint of the ACS resource.
    """

    def __init__(self, kind: Kind, keys: Sequence[HandleKey], resource: str) -> None:
        self._kind = kind
        self._signing_id = keys[0].id
        self._keys = {
            key.id: hmac.digest(
                key.secret.get_secret_value(), kind.label + resource.encode(), "sha256"
            )
            for key in keys
        }
        self._signer = jwt.PyJWS(algorithms=[])
        self._signer.register_algorithm(ALGORITHM, _HmacOfDerivedKeys(hashlib.sha256))

    def sign(self, claims: Mapping[str, object], expires_on: datetime) -> str:
        """Return a statement.

        Args:
            claims: What it says; None leaves a claim out.
            expires_on: When it ends, an aware datetime. The statement has whole seconds.
        """
        said = {name: value for name, value in claims.items() if value is not None}
        times = {"iat": int(time.time()), "exp": int(expires_on.timestamp())}
        whole = {"iss": ISSUER, "aud": AUDIENCE, **said, **times}
        headers = {"typ": self._kind.type, "kid": self._signing_id}
        key = self._keys[self._signing_id]
        return self._signer.encode(to_json(whole), key, ALGORITHM, headers)

    def read(self, text: str) -> dict[str, Any]:
        """Verify a statement, and return its claims; their types are not checked.

        Raises:
            NotOursError: It is not ours, is of another kind or resource, or has expired.
        """
        if len(text) > MAX_CHARACTERS:
            raise NotOursError("Too long.")
        try:
            header = jwt.get_unverified_header(text)
            key = self._keys.get(str(header.get("kid")))
            if key is None or header.get("typ") != self._kind.type or "crit" in header:
                raise NotOursError("Of another kind, or its key was removed.")
            return jwt.decode(
                text,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": [*TIMES, *self._kind.required], "strict_aud": True},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise NotOursError(f"{type(error).__name__}.") from None


class _HmacOfDerivedKeys(HMACAlgorithm):
    """Signs without PyJWT's check that a key is no certificate, which takes longer than signing.

    A derived key never is one. Statements are verified with all of PyJWT's checks.
    """

    def prepare_key(self, key: str | bytes) -> bytes:
        assert isinstance(key, bytes)  # noqa: S101 derived keys are
        return key


def are_scopes(value: object) -> bool:
    """Return whether a claim is a list of scopes."""
    return isinstance(value, list) and all(scope in get_args(Scope) for scope in value)
