"""A request to the token endpoint, and the form of its answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from acs_emulator.entra.clients import authenticate
from acs_emulator.entra.errors import invalid_grant, missing
from acs_emulator.entra.grants import RefreshGrant
from acs_emulator.entra.provider import Entra
from acs_emulator.entra.scopes import Asked, parse_scope
from acs_emulator.entra.tokens import (
    TOKEN_SECONDS,
    Client,
    app_token,
    client_info,
    id_token,
    user_token,
)
from acs_emulator.entra.users import Realm, Tenant, User

Answer = dict[str, Any]


@dataclass(frozen=True)
class TokenRequest:
    """A request to the token endpoint of a realm.

    Attributes:
        base: The address it came in on, ``https://localhost:7073``.
        path: The endpoint's.
    """

    entra: Entra
    realm: Realm
    base: str
    path: str
    form: Mapping[str, str]

    def need(self, parameter: str) -> str:
        """A parameter that must be there.

        Raises:
            EntraError: It is missing or empty.
        """
        value = self.form.get(parameter, "")
        if not value:
            raise missing(parameter)
        return value

    def asked(self) -> Asked:
        """What is asked for. ``resource`` is how AD FS and the v1 endpoint put it."""
        scope, resource = self.form.get("scope", ""), self.form.get("resource")
        return parse_scope(f"{scope} {resource}/.default" if resource else scope)

    def asked_or(self, scope: str) -> Asked:
        """What is asked for, or what was asked for when the user signed in."""
        named = self.form.get("scope") or self.form.get("resource")
        return self.asked() if named else parse_scope(scope)

    def client(self) -> Client:
        """The client, with the proof it gave."""
        return authenticate(self.entra, self.form, (f"{self.base}{self.path}",))

    def for_app(self, client: Client, asked: Asked, tenant: Tenant) -> Answer:
        """The answer for a client as itself."""
        return _bearer(app_token(self.entra, self.base, asked, client, tenant))

    def for_user(
        self, client: Client, user: User, asked: Asked, *, nonce: str | None = None
    ) -> Answer:
        """The answer for a user's client.

        Raises:
            EntraError: The user is another tenant's.
        """
        if user not in self.realm.users:
            raise invalid_grant(
                50020, f"User account '{user.principal_name}' does not exist in this tenant."
            )
        given = _bearer(user_token(self.entra, self.base, asked, client, user))
        given["scope"] = asked.granted()
        if asked.id_token:
            given["id_token"] = id_token(self.entra, self.base, client.id, user, nonce)
        if asked.refresh_token or self.form["grant_type"] == "refresh_token":
            grant = RefreshGrant(user, client.id, asked.text, client.strength != "0")
            given["refresh_token"] = self.entra.grants.new_refresh_token(grant)
        if self.form.get("client_info") == "1":
            given["client_info"] = client_info(user)
        return given


def _bearer(token: str) -> Answer:
    return {
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "ext_expires_in": TOKEN_SECONDS,
        "access_token": token,
    }
