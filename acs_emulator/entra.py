"""Entra-shaped tokens: those of Teams users, and those of managed identities."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from acs_emulator.errors import invalid_user_token
from acs_emulator.tokens import Claims, Signer

TEAMS_AUDIENCE = "https://auth.msft.communication.azure.com"
TEAMS_SCOPES = "Teams.ManageCalls Teams.ManageChats"
SERVER_AUDIENCES = ("https://communication.azure.com", "https://communication.azure.com/")
BACKDATED_SECONDS = 300  # Entra's iat and nbf lie this far back
MANAGED_IDENTITY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class EntraUser:
    """A user in a tenant, with the application that signed it in."""

    object_id: str
    tenant_id: str
    app_id: str


class Entra:
    """Signs tokens shaped like Entra's (v1), and accepts no others."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.signer = Signer()
        self._home_tenant = str(uuid.uuid4())
        self._managed_identity = str(uuid.uuid4())

    def user_token(self, user: EntraUser, audience: str, scopes: str, seconds: int) -> str:
        """A user's access token. A negative lifetime gives one that has expired."""
        claims = self._claims(user, audience, seconds)
        return self.signer.sign(claims | {"scp": scopes})

    def managed_identity_token(self, audience: str) -> tuple[str, int]:
        """A token of this machine's managed identity, and when it expires (seconds since 1970)."""
        owner = EntraUser(self._managed_identity, self._home_tenant, self._managed_identity)
        claims = self._claims(owner, audience, MANAGED_IDENTITY_SECONDS)
        return self.signer.sign(claims | {"idtyp": "app"}), claims["exp"]

    def accepts_server(self, token: str) -> bool:
        """Whether a bearer token opens the operations of the resource."""
        claims = self.signer.read(token) or {}
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
        claims = self.signer.read(token) if isinstance(token, str) else None
        if (
            claims is None
            or claims["aud"] != audience
            or not claims.get("scp")
            or claims["exp"] <= self.clock()
        ):
            raise invalid_user_token()
        return claims

    def _claims(self, owner: EntraUser, audience: str, seconds: int) -> Claims:
        now = int(self.clock())
        return {
            "aud": audience,
            "iss": f"https://sts.windows.net/{owner.tenant_id}/",
            "iat": now - BACKDATED_SECONDS,
            "nbf": now - BACKDATED_SECONDS,
            "exp": now + seconds,
            "appid": owner.app_id,
            "oid": owner.object_id,
            "tid": owner.tenant_id,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
        }
