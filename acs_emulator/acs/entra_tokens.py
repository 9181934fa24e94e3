"""Checks the Entra tokens that ACS accepts: those of applications and those of users.

https://learn.microsoft.com/azure/communication-services/concepts/authentication
"""

from collections.abc import Callable

from acs_emulator.acs.errors import invalid_user_token
from acs_emulator.clock import Clock
from acs_emulator.signing import Claims

SERVER_AUDIENCES = ("https://communication.azure.com", "https://communication.azure.com/")
TEAMS_AUDIENCE = "https://auth.msft.communication.azure.com"
CLIENTS_AUDIENCE = "https://communication.azure.com/clients"


class EntraTokens:
    """Decides whether ACS accepts an Entra token.

    Args:
        verify: Checks the signature with the keys that Entra publishes. Returns the claims, or
            None if none of these keys signed the token.
    """

    def __init__(self, verify: Callable[[str], Claims | None], clock: Clock) -> None:
        self._verify = verify
        self._clock = clock

    def allows_server(self, token: str) -> bool:
        """Return whether an application may use the operations of the resource with a token."""
        claims = self._verify(token) or {}
        return (
            claims.get("aud") in SERVER_AUDIENCES
            and claims.get("idtyp") == "app"
            and claims["exp"] > self._clock()
        )

    def read_user(self, token: object, audience: str) -> Claims:
        """Return the claims of a user's token.

        Args:
            token: As the request has it. A value that is not a string is an invalid token.
            audience: The audience that the token must have.

        Raises:
            AcsError: Entra did not sign it, it has expired, or it has another audience.
        """
        claims = self._verify(token) if isinstance(token, str) else None
        if (
            claims is None
            or claims["aud"] != audience
            or not claims.get("scp")
            or claims["exp"] <= self._clock()
        ):
            raise invalid_user_token()
        return claims
