"""What Entra handed out to be exchanged for tokens: codes, once; refresh tokens, in turn."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from acs_emulator.entra.errors import invalid_grant
from acs_emulator.entra.users import User

CODE_SECONDS = 60
REFRESH_SECONDS = 24 * 3600  # as long as Entra's for pages; it gives others 90 days


@dataclass(frozen=True)
class CodeGrant:
    """What a user allowed a client on the sign-in page.

    Attributes:
        scope: As it was asked for.
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
    """What a client may have again.

    Attributes:
        confidential: Whether the client proved itself, and must do so again.
    """

    user: User
    client_id: str
    scope: str
    confidential: bool


class Grants:
    """The codes and refresh tokens that were handed out."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._codes: dict[str, tuple[CodeGrant, float] | None] = {}
        self._refresh: dict[str, tuple[RefreshGrant, float]] = {}

    def new_code(self, grant: CodeGrant) -> str:
        """Make a code; it counts for 60 seconds."""
        code = f"1.{secrets.token_urlsafe(48)}"
        self._codes[code] = (grant, self._clock() + CODE_SECONDS)
        return code

    def take_code(self, code: str) -> CodeGrant:
        """Return what the code stands for. Any use of a code, a wrong one too, is its last.

        Raises:
            EntraError: It was never made, was used before, or is too old.
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
        """Make a refresh token; it counts for 24 hours."""
        token = f"1.{secrets.token_urlsafe(96)}"
        self._refresh[token] = (grant, self._clock() + REFRESH_SECONDS)
        return token

    def find_refresh_token(self, token: str, client_id: str) -> RefreshGrant:
        """Return what the refresh token stands for.

        Raises:
            EntraError: It is no such token, another client's, used before, or too old.
        """
        grant, expires = self._refresh.get(token, (None, 0.0))
        if grant is None or grant.client_id != client_id:
            raise invalid_grant(70000, "Provided grant is invalid or malformed.")
        if expires <= self._clock():
            raise invalid_grant(700082, "The refresh token has expired due to inactivity.")
        return grant

    def drop_refresh_token(self, token: str) -> None:
        """A refresh token was used: the answer holds the next one."""
        self._refresh.pop(token, None)
