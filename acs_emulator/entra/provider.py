"""The state of Entra: its keys, its grants, and the managed identity of this machine."""

import secrets
import uuid
from dataclasses import dataclass

from acs_emulator.clock import Clock
from acs_emulator.entra.grants import Grants
from acs_emulator.entra.signing_keys import SigningKeys
from acs_emulator.entra.token_lifetime import TOKEN_SECONDS
from acs_emulator.signing import Claims

# The audience of tokens that an application sends in place of its client secret.
FEDERATION_AUDIENCE = "api://AzureADTokenExchange"
BACKDATED_SECONDS = 300  # Entra dates its tokens this far back
MANAGED_IDENTITY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class TokenOwner:
    """The user or application that a token is about, with the application that signed it in."""

    object_id: str
    tenant_id: str
    app_id: str


class Entra:
    """Issues tokens with the form of Entra's.

    Args:
        token_seconds: The lifetime of the tokens of users and clients that sign in.

    Attributes:
        api_version: The version of tokens for a developer's own APIs, 1 or 2. In Entra the
            manifest of each API has it (``requestedAccessTokenVersion``); here it is one for all.
        grants: The authorization codes and refresh tokens that were issued.
    """

    def __init__(self, clock: Clock, token_seconds: int = TOKEN_SECONDS) -> None:
        self.clock = clock
        self.token_seconds = token_seconds
        self.keys = SigningKeys()
        self._home_tenant = str(uuid.uuid4())
        self._managed_identity = str(uuid.uuid4())
        self.reset()

    def reset(self) -> None:
        """Forget all sign-ins and the chosen token version. The keys stay."""
        self.api_version = 2
        self.grants = Grants(self.clock)

    def user_token(
        self, user: TokenOwner, audience: str, scopes: str, seconds: int
    ) -> tuple[str, int]:
        """Issue a version 1 access token of a user.

        Args:
            scopes: Separated by blanks.
            seconds: The lifetime. A negative one gives an expired token.

        Returns:
            The token, and when it expires in seconds since 1970.
        """
        claims = self._claims(user, audience, seconds)
        return self.keys.sign(claims | {"scp": scopes}), claims["exp"]

    def managed_identity_token(self, audience: str) -> tuple[str, int]:
        """Issue a token of the managed identity.

        Returns:
            The token, and when it expires in seconds since 1970.
        """
        owner = TokenOwner(self._managed_identity, self._home_tenant, self._managed_identity)
        claims = self._claims(owner, audience, MANAGED_IDENTITY_SECONDS)
        return self.keys.sign(claims | {"idtyp": "app"}), claims["exp"]

    def accepts_federated(self, token: str) -> bool:
        """Return whether a managed identity's token is valid in place of a client secret."""
        claims = self.keys.verify(token) or {}
        return (
            claims.get("aud") == FEDERATION_AUDIENCE
            and claims.get("oid") == self._managed_identity
            and claims["exp"] > self.clock()
        )

    def validity(self, seconds: int) -> Claims:
        """Return the claims ``iat``, ``nbf`` and ``exp`` of a token that expires in some time."""
        now = int(self.clock())
        begin = now - BACKDATED_SECONDS
        return {"iat": begin, "nbf": begin, "exp": now + seconds}

    def _claims(self, owner: TokenOwner, audience: str, seconds: int) -> Claims:
        return {
            "aud": audience,
            "iss": f"https://sts.windows.net/{owner.tenant_id}/",
            **self.validity(seconds),
            "appid": owner.app_id,
            "oid": owner.object_id,
            "tid": owner.tenant_id,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
        }
