"""Entra's access tokens, verified.

Every token is checked against the settings, never against what it says of itself. All failures
look the same to the caller.
https://learn.microsoft.com/entra/identity-platform/claims-validation
"""

import re
from dataclasses import dataclass, field
from typing import Any

import jwt
from jwt.types import Options

from acs_tokens.entra.person import Person
from acs_tokens.entra.signing_keys import SigningKeys
from acs_tokens.errors import UnauthorizedError
from acs_tokens.models import GUID
from acs_tokens.settings.entra import EntraSettings

MAX_HEADER_CHARACTERS = 8192
LEEWAY_SECONDS = 60
MAX_LIFETIME_SECONDS = 48 * 3600  # Entra's longest is 28 h
ALGORITHM = "RS256"  # the only one accepted, whatever the token says
BEARER = re.compile(r"[Bb]earer +([\w-]+\.[\w-]+\.[\w-]+)", re.ASCII)
UNVERIFIED: Options = {
    "verify_signature": False,
    "verify_exp": True,
    "verify_nbf": True,
    "verify_iat": True,
    "require": ["iss", "aud", "exp", "nbf", "iat", "tid", "oid", "ver", "scp"],
}


@dataclass(frozen=True)
class VerifiedToken:
    """An access token and the user that it was issued to."""

    person: Person
    token: str = field(repr=False)


class AccessTokenVerifier:
    """Verifies access tokens that Entra issued for this service."""

    def __init__(self, settings: EntraSettings, keys: SigningKeys) -> None:
        self._settings = settings
        self._keys = keys

    async def verify(self, authorization: str) -> VerifiedToken:
        """Verify the token of an ``Authorization`` header.

        Raises:
            UnauthorizedError: There is no token, or it is not valid for this service.
            EntraUnavailableError: It cannot be verified now.
        """
        token = _bearer_token(authorization)
        claims = await self._verified_claims(token)
        if claims["scp"] is None or self._settings.scope not in str(claims["scp"]).split():
            raise UnauthorizedError(log="Bearer: not the scope of this service.")
        object_id = claims["oid"]
        is_guid = isinstance(object_id, str) and re.fullmatch(GUID, object_id)
        if claims.get("idtyp") == "app" or not is_guid:
            raise UnauthorizedError(log="Bearer: not a user's token.")
        return VerifiedToken(Person(claims["tid"].lower(), object_id.lower()), token)

    async def _verified_claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            key_id = header.get("kid")
            if header.get("alg") != ALGORITHM or "crit" in header or not isinstance(key_id, str):
                raise UnauthorizedError(log="Bearer: not RS256 with a key id.")
            # Before the signature: a token that cannot be valid causes no request for keys.
            tenant_id = self._check_claims(token)
            key = await self._keys.find(tenant_id, key_id[:128])
            if key is None:
                raise UnauthorizedError(log="Bearer: no such key.")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                leeway=LEEWAY_SECONDS,
                options={"verify_aud": False},  # see _check_origin
            )
        except (jwt.PyJWTError, ArithmeticError, TypeError, ValueError) as error:
            raise UnauthorizedError(log=f"Bearer: {type(error).__name__}.") from None
        return claims

    def _check_claims(self, token: str) -> str:
        """Check everything that a token says, and return its tenant, whose keys it must match.

        The signature is not verified here. It covers the same text.
        """
        claims = jwt.decode(token, leeway=LEEWAY_SECONDS, options=UNVERIFIED)
        tenant_id = claims["tid"]
        if not isinstance(tenant_id, str) or tenant_id.lower() not in self._settings.tenant_ids:
            raise UnauthorizedError(log="Bearer: not of a tenant of this service.")
        self._check_origin(claims, tenant_id.lower())
        return tenant_id.lower()

    def _check_origin(self, claims: dict[str, Any], tenant_id: str) -> None:
        version, audience = claims["ver"], claims["aud"]
        issuers = self._settings.issuers(tenant_id)
        if not isinstance(version, str) or claims["iss"] != issuers.get(version):
            raise UnauthorizedError(log="Bearer: another issuer.")
        allowed = {self._settings.client_id} if version == "2.0" else self._settings.audiences
        if not isinstance(audience, str) or audience not in allowed:  # PyJWT would take a list
            raise UnauthorizedError(log="Bearer: for another audience.")
        times = (claims["exp"], claims["nbf"], claims["iat"])
        if not all(type(time) in (int, float) for time in times):  # PyJWT would take digits
            raise UnauthorizedError(log="Bearer: times that are not numbers.")
        if claims["exp"] - claims["iat"] > MAX_LIFETIME_SECONDS:
            raise UnauthorizedError(log="Bearer: lives too long.")


def _bearer_token(authorization: str) -> str:
    within_limit = len(authorization) <= MAX_HEADER_CHARACTERS
    found = BEARER.fullmatch(authorization) if within_limit else None
    if found is None:
        raise UnauthorizedError(log="No bearer token.")
    return found[1]
