"""Entra's access tokens as a proof of who the caller is.

Every token is checked against what is configured, never against what it says of itself. All
failures look the same to the caller.
https://learn.microsoft.com/entra/identity-platform/claims-validation
"""

import re
from typing import Any

import jwt

from acs_tokens.entra.person import Person
from acs_tokens.entra.signing_keys import SigningKeys
from acs_tokens.errors import UnauthorizedError
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import GUID

MAX_CHARACTERS = 8192
LEEWAY_SECONDS = 60
MAX_LIFETIME_SECONDS = 48 * 3600  # Entra's longest is 28 h
ALGORITHM = "RS256"  # never what the token says
BEARER = re.compile(r"[Bb]earer +([\w-]+\.[\w-]+\.[\w-]+)", re.ASCII)
REQUIRED = ["iss", "aud", "exp", "nbf", "iat", "tid", "oid", "ver", "scp"]


class AccessTokenVerifier:
    """Checks access tokens that Entra issued for this service."""

    def __init__(self, rules: EntraSettings, keys: SigningKeys) -> None:
        self._rules = rules
        self._keys = keys

    async def person(self, header: str) -> Person:
        """Return who an ``Authorization`` header proves the caller to be.

        Raises:
            UnauthorizedError: It proves nothing.
            EntraUnavailableError: It cannot be checked now.
        """
        claims = await self._verified(token_of(header))
        if claims["scp"] is None or self._rules.scope not in str(claims["scp"]).split():
            raise UnauthorizedError(log="Bearer: not the scope of this service.")
        if claims.get("idtyp") == "app" or not _is_guid(claims["oid"]):
            raise UnauthorizedError(log="Bearer: no user's token.")
        return Person(tenant_id=claims["tid"].lower(), object_id=claims["oid"].lower())

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            tenant_id = self._tenant(token)
            key_id = header.get("kid")
            if header.get("alg") != ALGORITHM or "crit" in header or not isinstance(key_id, str):
                raise UnauthorizedError(log="Bearer: not RS256 with a key id.")
            key = await self._keys.find(tenant_id, key_id[:128])
            if key is None:
                raise UnauthorizedError(log="Bearer: no such key.")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED, "verify_aud": False},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise UnauthorizedError(log=f"Bearer: {type(error).__name__}.") from None
        self._check_origin(claims, tenant_id)
        return claims

    def _tenant(self, token: str) -> str:
        """The tenant that the token claims, if it is one of ours: it says whose keys to take."""
        claims = jwt.decode(token, options={"verify_signature": False})
        tenant_id = claims.get("tid")
        if not isinstance(tenant_id, str) or tenant_id.lower() not in self._rules.tenant_ids:
            raise UnauthorizedError(log="Bearer: not of a tenant of this service.")
        return tenant_id.lower()

    def _check_origin(self, claims: dict[str, Any], tenant_id: str) -> None:
        version, audience = claims["ver"], claims["aud"]
        if not isinstance(version, str) or claims["iss"] != self._rules.issuers(tenant_id).get(
            version
        ):
            raise UnauthorizedError(log="Bearer: another issuer.")
        allowed = {self._rules.client_id} if version == "2.0" else self._rules.audiences
        if not isinstance(audience, str) or audience not in allowed:  # PyJWT would take a list
            raise UnauthorizedError(log="Bearer: for another audience.")
        times = (claims["exp"], claims["nbf"], claims["iat"])
        if not all(type(time) in (int, float) for time in times):  # PyJWT would take digits
            raise UnauthorizedError(log="Bearer: times that are none.")
        if claims["exp"] - claims["iat"] > MAX_LIFETIME_SECONDS:
            raise UnauthorizedError(log="Bearer: lives too long.")


def token_of(header: str) -> str:
    """Take the token out of an ``Authorization`` header.

    Raises:
        UnauthorizedError: There is none, or it is no JWT.
    """
    found = BEARER.fullmatch(header) if len(header) <= MAX_CHARACTERS else None
    if found is None:
        raise UnauthorizedError(log="No bearer token.")
    return found[1]


def _is_guid(value: object) -> bool:
    return isinstance(value, str) and GUID.fullmatch(value.lower()) is not None
