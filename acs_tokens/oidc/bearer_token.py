"""Bearer tokens: what can be checked of a token of any provider.

Every token is checked against the settings, never against what it says of itself. All failures
look the same to the caller.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Self

import jwt
from jwt import PyJWK
from jwt.types import Options

from acs_tokens.problems import UnauthorizedError

MAX_HEADER_CHARACTERS = 8192
MAX_KEY_ID_CHARACTERS = 128
LEEWAY_SECONDS = 60
MAX_LIFETIME_SECONDS = 48 * 3600  # Entra's longest is 28 h
BEARER = re.compile(r"[Bb]earer +([\w-]+\.[\w-]+\.[\w-]+)", re.ASCII)
UNVERIFIED: Options = {
    "verify_signature": False,
    "verify_exp": True,
    "verify_nbf": True,
    "verify_iat": True,
    "require": ["iss", "aud", "exp", "iat"],
}
# What PyJWT raises for a malformed token: its own errors, and those of numbers and types.
MALFORMED = (jwt.PyJWTError, ArithmeticError, TypeError, ValueError)


@dataclass(frozen=True)
class BearerToken:
    """A JSON Web Token whose times are right. Its signature is not verified.

    Attributes:
        text: The token as it was sent.
        header: Its header.
        key_id: Which key the token says that it is signed with.
        claims: What it says. They hold ``iss``, ``aud``, ``exp`` and ``iat``.
    """

    text: str = field(repr=False)
    header: dict[str, Any] = field(repr=False)
    key_id: str
    claims: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, authorization: str) -> Self:
        """Read the token of an ``Authorization`` header and check its form and its times.

        Args:
            authorization: ``Bearer <token>``, up to 8,192 characters.

        Raises:
            UnauthorizedError: There is no token, it is malformed, has expired or is not valid yet,
                or it is bound to a key of its client (DPoP), which this service does not check.
        """
        text = _bearer_text(authorization)
        try:
            header = jwt.get_unverified_header(text)
            claims = jwt.decode(text, leeway=LEEWAY_SECONDS, options=UNVERIFIED)
        except MALFORMED as error:
            raise UnauthorizedError(log=f"Bearer: {type(error).__name__}.") from None
        key_id = header.get("kid")
        if "crit" in header or not isinstance(key_id, str):
            raise UnauthorizedError(log="Bearer: no key id, or an extension.")
        if "cnf" in claims:  # RFC 7800: such a token is worth nothing without its key
            raise UnauthorizedError(log="Bearer: bound to a key of its client.")
        _check_times(claims)
        return cls(text, header, key_id[:MAX_KEY_ID_CHARACTERS], claims)

    @property
    def issuer(self) -> str:
        """``iss`` of the claims; "" if it is no text."""
        issuer = self.claims["iss"]
        return issuer if isinstance(issuer, str) else ""

    @property
    def algorithm(self) -> object:
        """``alg`` of the header, of any type."""
        return self.header.get("alg")

    def verify_signature(self, key: PyJWK | None) -> None:
        """Verify the signature.

        Args:
            key: The key for the token's key id and algorithm; None if the provider has none.

        Raises:
            UnauthorizedError: There is no key, or the signature is not of this key.
        """
        if key is None:
            raise UnauthorizedError(log="Bearer: no such key.")
        try:
            jwt.decode(
                self.text,
                key,
                algorithms=[key.algorithm_name],
                leeway=LEEWAY_SECONDS,
                options={"verify_aud": False},  # the provider's own verifier does
            )
        except MALFORMED as error:
            raise UnauthorizedError(log=f"Bearer: {type(error).__name__}.") from None


def _bearer_text(authorization: str) -> str:
    within_limit = len(authorization) <= MAX_HEADER_CHARACTERS
    found = BEARER.fullmatch(authorization) if within_limit else None
    if found is None:
        raise UnauthorizedError(log="No bearer token.")
    return found[1]


def _check_times(claims: dict[str, Any]) -> None:
    times = [claims[name] for name in ("exp", "nbf", "iat") if name in claims]
    if not all(type(time) in (int, float) for time in times):  # PyJWT would take digits
        raise UnauthorizedError(log="Bearer: times that are not numbers.")
    try:
        lives_too_long = claims["exp"] - claims["iat"] > MAX_LIFETIME_SECONDS
    except OverflowError:
        lives_too_long = True
    if lives_too_long:
        raise UnauthorizedError(log="Bearer: lives too long.")
