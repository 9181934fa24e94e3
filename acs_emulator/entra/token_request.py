"""A request to the token endpoint, and the responses to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from acs_emulator.entra.client_authentication import Client, authenticate
from acs_emulator.entra.errors import invalid_grant, missing
from acs_emulator.entra.grants import RefreshGrant
from acs_emulator.entra.provider import Entra
from acs_emulator.entra.scopes import ScopeRequest, parse_scope
from acs_emulator.entra.tokens import app_token, client_info, id_token, user_token
from acs_emulator.entra.users import Authority, Tenant, User

TokenResponse = dict[str, Any]
"""The fields of a token response (RFC 6749, section 5.1)."""


@dataclass(frozen=True)
class TokenRequest:
    """A request to the token endpoint.

    Attributes:
        base: The address of the request, for example ``https://localhost:7073``.
        path: The path of the endpoint.
        form: The parameters in the body.
    """

    entra: Entra
    authority: Authority
    base: str
    path: str
    form: Mapping[str, str]

    def required(self, parameter: str) -> str:
        """Return a required parameter.

        Raises:
            EntraError: It is missing or empty.
        """
        value = self.form.get(parameter, "")
        if not value:
            raise missing(parameter)
        return value

    def scope(self) -> ScopeRequest:
        """Return what ``scope`` requests, or ``resource``, its name in AD FS and version 1.

        Raises:
            EntraError: Both are missing, or the scope is not valid.
        """
        scope, resource = self.form.get("scope", ""), self.form.get("resource")
        return parse_scope(f"{scope} {resource}/.default" if resource else scope)

    def scope_or(self, default: str) -> ScopeRequest:
        """Return what the request names, or else what was requested when the user signed in."""
        named = self.form.get("scope") or self.form.get("resource")
        return self.scope() if named else parse_scope(default)

    def client(self) -> Client:
        """Authenticate the client.

        Raises:
            EntraError: Its credential is not valid.
        """
        return authenticate(self.entra, self.form, f"{self.base}{self.path}")

    def app_response(self, client: Client, scope: ScopeRequest, tenant: Tenant) -> TokenResponse:
        """Return the response for a client that signs in as itself."""
        return self._bearer(app_token(self.entra, self.base, scope, client, tenant))

    def user_response(
        self, client: Client, user: User, scope: ScopeRequest, *, nonce: str | None = None
    ) -> TokenResponse:
        """Return the response for a client that acts for a user.

        Raises:
            EntraError: The user belongs to another tenant.
        """
        if user not in self.authority.users:
            raise invalid_grant(
                50020, f"User account '{user.principal_name}' does not exist in this tenant."
            )
        response = self._bearer(user_token(self.entra, self.base, scope, client, user))
        response["scope"] = scope.granted()
        if scope.id_token:
            response["id_token"] = id_token(self.entra, self.base, client.id, user, nonce)
        if scope.refresh_token or self.form["grant_type"] == "refresh_token":
            grant = RefreshGrant(user, client.id, scope.text, client.is_confidential)
            response["refresh_token"] = self.entra.grants.new_refresh_token(grant)
        if self.form.get("client_info") == "1":
            response["client_info"] = client_info(user)
        return response

    def _bearer(self, token: str) -> TokenResponse:
        return {
            "token_type": "Bearer",
            "expires_in": self.entra.token_seconds,
            "ext_expires_in": self.entra.token_seconds,
            "access_token": token,
        }
