"""Entra's access tokens, verified.

https://learn.microsoft.com/entra/identity-platform/claims-validation
"""

import re
from typing import Any

from acs_tokens.entra.signing_keys import SigningKeys
from acs_tokens.models.values import GUID
from acs_tokens.oidc.bearer_token import BearerToken
from acs_tokens.oidc.person import EntraUser
from acs_tokens.problems import UnauthorizedError
from acs_tokens.settings.entra import EntraSettings


class AccessTokenVerifier:
    """Verifies access tokens that Entra issued for this service."""

    def __init__(self, settings: EntraSettings, keys: SigningKeys) -> None:
        self._settings = settings
        self._keys = keys

    async def verify(self, token: BearerToken) -> EntraUser:
        """Verify a token, and return the user that it was issued to.

        Raises:
            UnauthorizedError: It is not valid for this service.
            EntraUnavailableError: It cannot be verified now.
        """
        # Before the signature: a token that cannot be valid causes no request for keys.
        user = self._check_claims(token.claims)
        key = await self._keys.find(user.tenant_id, token.key_id, token.algorithm)
        token.verify_signature(key)
        return user

    def _check_claims(self, claims: dict[str, Any]) -> EntraUser:
        """Check everything that a token says, and return its user."""
        tenant_id, object_id = claims.get("tid"), claims.get("oid")
        if not isinstance(tenant_id, str) or tenant_id.lower() not in self._settings.tenant_ids:
            raise UnauthorizedError(log="Bearer: not of a tenant of this service.")
        self._check_origin(claims, tenant_id.lower())
        if "nbf" not in claims:
            raise UnauthorizedError(log="Bearer: no nbf.")
        scopes = claims.get("scp")
        if not isinstance(scopes, str) or self._settings.scope not in scopes.split():
            raise UnauthorizedError(log="Bearer: not the scope of this service.")
        is_guid = isinstance(object_id, str) and re.fullmatch(GUID, object_id)
        if claims.get("idtyp") == "app" or not is_guid:
            raise UnauthorizedError(log="Bearer: not a user's token.")
        return EntraUser(tenant_id.lower(), str(object_id).lower())

    def _check_origin(self, claims: dict[str, Any], tenant_id: str) -> None:
        version, audience = claims.get("ver"), claims["aud"]
        issuers = self._settings.issuers(tenant_id)
        if not isinstance(version, str) or claims["iss"] != issuers.get(version):
            raise UnauthorizedError(log="Bearer: another issuer.")
        allowed = {self._settings.client_id} if version == "2.0" else self._settings.audiences
        if not isinstance(audience, str) or audience not in allowed:  # a list is not Entra's
            raise UnauthorizedError(log="Bearer: for another audience.")
