"""The exchange of a Teams user's Entra token for a backend, which is trusted to name the user."""

from acs_tokens.acs.service import TokenService
from acs_tokens.entra.teams_tokens import TeamsUser, precheck
from acs_tokens.models import TeamsTokenRequest, TeamsUserToken


async def exchange_teams_token(service: TokenService, request: TeamsTokenRequest) -> TeamsUserToken:
    """Exchange a Teams token for an ACS access token that ends with it.

    Raises:
        InvalidTeamsTokenError: The token has expired, is not for ACS, or is not a token.
        TeamsTokenMismatchError: It was issued to another application or user.
        Problem: As `TokenService.exchange_teams_token`.
    """
    precheck(request.token, TeamsUser(request.client_id, request.user_object_id))
    return await service.exchange_teams_token(request)
