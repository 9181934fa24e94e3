"""Entra's keys and state, and the tokens that ACS takes: of Teams users, of managed identities."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from acs_emulator.acs.errors import invalid_user_token
from acs_emulator.entra.grants import Grants
from acs_emulator.tokens import Claims, KeyRing

TEAMS_AUDIENCE = "https://auth.msft.communication.azure.com"
TEAMS_SCOPES = "Teams.ManageCalls Teams.ManageChats"
SERVER_AUDIENCES = ("https://communication.azure.com", "https://communication.azure.com/")
FEDERATION_AUDIENCE = "api://AzureADTokenExchange"  # of tokens that stand in for a client's secret
BACKDATED_SECONDS = 300  # Entra's iat and nbf lie this far back
MANAGED_IDENTITY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class EntraUser:
    """A user in a tenant, with the application that signed it in."""

    object_id: str
    tenant_id: str
    app_id: str


class Entra:
    """Signs tokens shaped like Entra's, and accepts no others.

    Attributes:
        api_version: Of the tokens for a developer's own APIs, 1 or 2; each API's manifest says
            which (``accessTokenAcceptedVersion``), and here it is one for all.
        grants: What was handed out to be exchanged for tokens.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.keys = KeyRing()
        self._home_tenant = str(uuid.uuid4())
        self._managed_identity = str(uuid.uuid4())
        self.forget()

    def forget(self) -> None:
        """Start anew, with the same keys."""
        self.api_version = 2
        self.grants = Grants(self.clock)

    def user_token(self, user: EntraUser, audience: str, scopes: str, seconds: int) -> str:
        """A user's access token. A negative lifetime gives one that has expired."""
        claims = self._claims(user, audience, seconds)
        return self.keys.sign(claims | {"scp": scopes})

    def managed_identity_token(self, audience: str) -> tuple[str, int]:
        """A token of this machine's managed identity, and when it expires (seconds since 1970)."""
        owner = EntraUser(self._managed_identity, self._home_tenant, self._managed_identity)
        claims = self._claims(owner, audience, MANAGED_IDENTITY_SECONDS)
        return self.keys.sign(claims | {"idtyp": "app"}), claims["exp"]

    def accepts_federated(self, token: str) -> bool:
        """Whether a token is the managed identity's, made to stand in for a client's secret."""
        claims = self.keys.read(token) or {}
        return (
            claims.get("aud") == FEDERATION_AUDIENCE
            and claims.get("oid") == self._managed_identity
            and claims["exp"] > self.clock()
        )

    def accepts_server(self, token: str) -> bool:
        """Whether a bearer token opens the operations of the resource."""
        claims = self.keys.read(token) or {}
        return (
            claims.get("aud") in SERVER_AUDIENCES
            and claims.get("idtyp") == "app"
            and claims["exp"] > self.clock()
        )

    def read_user(self, token: object, audience: str) -> Claims:
        """Return the claims of a user's token for an audience.

        Raises:
            AcsError: It is none of ours, expired, or meant for something else.
        """
        claims = self.keys.read(token) if isinstance(token, str) else None
        if (
            claims is None
            or claims["aud"] != audience
            or not claims.get("scp")
            or claims["exp"] <= self.clock()
        ):
            raise invalid_user_token()
        return claims

    def times(self, seconds: int) -> Claims:
        """The claims that say when a token begins and ends to count."""
        now = int(self.clock())
        begin = now - BACKDATED_SECONDS
        return {"iat": begin, "nbf": begin, "exp": now + seconds}

    def _claims(self, owner: EntraUser, audience: str, seconds: int) -> Claims:
        return {
            "aud": audience,
            "iss": f"https://sts.windows.net/{owner.tenant_id}/",
            **self.times(seconds),
            "appid": owner.app_id,
            "oid": owner.object_id,
            "tid": owner.tenant_id,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
        }
