"""Authorization codes and refresh tokens: each can be exchanged for tokens once."""

import secrets
from dataclasses import dataclass

from acs_emulator.clock import Clock
from acs_emulator.entra.errors import invalid_grant
from acs_emulator.entra.users import User

CODE_SECONDS = 60
REFRESH_SECONDS = 24 * 3600  # as Entra for single-page applications; others get 90 days


@dataclass(frozen=True)
class CodeGrant:
    """What an authorization code stands for.

    Attributes:
        scope: As the client sent it.
        challenge: The S256 hash of PKCE's verifier.
    """

    user: User
    client_id: str
    redirect_uri: str
    scope: str
    challenge: str
    nonce: str | None


@dataclass(frozen=True)
class RefreshGrant:
    """What a refresh token stands for.

    Attributes:
        confidential: Whether the client authenticated. Then it must do so at a refresh too.
    """

    user: User
    client_id: str
    scope: str
    confidential: bool


class Grants:
    """The codes and refresh tokens that were issued."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._codes: dict[str, tuple[CodeGrant, float] | None] = {}  # None: already used
        self._refresh: dict[str, tuple[RefreshGrant, float]] = {}

    def new_code(self, grant: CodeGrant) -> str:
        """Issue a code that expires after 60 seconds."""
        code = f"1.{secrets.token_urlsafe(48)}"
        self._codes[code] = (grant, self._clock() + CODE_SECONDS)
        return code

    def take_code(self, code: str) -> CodeGrant:
        """Return what a code stands for. The code cannot be used again, whatever follows.

        Raises:
            EntraError: It was never issued, was used before, or has expired.
        """
        if code not in self._codes:
            raise invalid_grant(9002313, "Invalid request. Request is malformed or invalid.")
        found, self._codes[code] = self._codes[code], None
        if found is None:
            raise invalid_grant(
                54005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid"
                " code or use an existing refresh token.",
            )
        grant, expires = found
        if expires <= self._clock():
            raise invalid_grant(
                70008,
                "The provided authorization code or refresh token has expired due to inactivity."
                " Send a new interactive authorization request for this user and resource.",
            )
        return grant

    def new_refresh_token(self, grant: RefreshGrant) -> str:
        """Issue a refresh token that expires after 24 hours."""
        token = f"1.{secrets.token_urlsafe(96)}"
        self._refresh[token] = (grant, self._clock() + REFRESH_SECONDS)
        return token

    def find_refresh_token(self, token: str, client_id: str) -> RefreshGrant:
        """Return what a refresh token stands for.

        Raises:
            EntraError: It was never issued, belongs to another client, was used before, or has
                expired.
        """
        grant, expires = self._refresh.get(token, (None, 0.0))
        if grant is None or grant.client_id != client_id:
            raise invalid_grant(70000, "Provided grant is invalid or malformed.")
        if expires <= self._clock():
            raise invalid_grant(700082, "The refresh token has expired due to inactivity.")
        return grant

    def remove_refresh_token(self, token: str) -> None:
        """Remove a refresh token after its use. The response holds the next one."""
        self._refresh.pop(token, None)
