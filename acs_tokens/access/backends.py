"""Tokens for a backend, which is trusted to name any user, except one who is banned."""

from typing import TYPE_CHECKING

from acs_tokens.acs.service import TokenService
from acs_tokens.entra.teams_tokens import TeamsUser, precheck
from acs_tokens.models.requests import TeamsTokenRequest, TokenRequest
from acs_tokens.models.responses import TeamsUserToken, UserToken
from acs_tokens.oidc.person import EntraUser

if TYPE_CHECKING:
    from acs_tokens.access.bans import Bans


async def issue_token(
    service: TokenService, bans: "Bans | None", user_id: str, request: TokenRequest
) -> UserToken:
    """Issue an access token for an existing identity.

    Args:
        service: Issues it.
        bans: Who gets none; None where nobody can be banned.
        user_id: ``8:acs:…``.
        request: What the token should allow, and for how long.

    Raises:
        BannedError: The identity, or the person who has it, is banned.
        IdentityStoreUnavailableError: It is not known whether they are.
        Problem: As `TokenService.issue_token`.
    """
    if bans:
        await bans.check(user_id)
    return await service.issue_token(user_id, request.scopes, request.lifetime)


async def exchange_teams_token(
    service: TokenService, bans: "Bans | None", request: TeamsTokenRequest
) -> TeamsUserToken:
    """Exchange a Teams token for an ACS access token that ends with it.

    Args:
        service: Exchanges it.
        bans: Who gets none; None where nobody can be banned.
        request: The token, and whom it must have been issued to.

    Raises:
        InvalidTeamsTokenError: The token has expired, is not for ACS, or is not a token.
        TeamsTokenMismatchError: It was issued to another application or user.
        BannedError: The user is banned.
        IdentityStoreUnavailableError: It is not known whether they are.
        Problem: As `TokenService.exchange_teams_token`.
    """
    tenant_id = precheck(request.token, TeamsUser(request.client_id, request.user_object_id))
    if bans:
        await bans.check(EntraUser(tenant_id, request.user_object_id.lower()).key)
    return await service.exchange_teams_token(request)
