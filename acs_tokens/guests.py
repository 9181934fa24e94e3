"""Visitors of a page who are not signed in."""

from acs_tokens.errors import GuestsOffError
from acs_tokens.models import GuestTokenRequest, UserToken
from acs_tokens.service import TokenService, service
from acs_tokens.settings import settings


class Guests:
    """What a visitor may do. Errors are those of `TokenService`."""

    def __init__(self, service: TokenService) -> None:
        self._service = service

    async def issue_token(self, request: GuestTokenRequest) -> UserToken:
        """Create an identity for the visitor and issue its first access token."""
        return await self._service.create_user_and_token(request.scopes, request.lifetime)


def guests() -> Guests:
    """The guests of this process's service.

    Raises:
        GuestsOffError: The setting ``GUESTS`` is not on.
    """
    if not settings().guests:
        raise GuestsOffError("Visitors must sign in: this service is not set to admit guests.")
    return Guests(service())
