"""Signed-in users of Teams: an ACS token for the Teams user that they are."""

from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.access.sign_in import Caller
from acs_tokens.acs.service import TokenService
from acs_tokens.entra.on_behalf_of import OnBehalfOf
from acs_tokens.entra.teams_tokens import MIN_LEFT, TeamsUser, precheck
from acs_tokens.errors import InvalidRequestError
from acs_tokens.models import OwnTeamsTokenRequest, TeamsTokenRequest, TeamsUserToken
from acs_tokens.settings.entra import EntraSettings


class TeamsUsers:
    """Exchanges only tokens of the user who asks, issued to this service's application."""

    def __init__(self, service: TokenService, rules: EntraSettings, limits: RateLimits) -> None:
        self._service = service
        self._client_id = rules.client_id
        self._on_behalf = OnBehalfOf(rules)
        self._limits = limits

    async def issue_token(self, caller: Caller, request: OwnTeamsTokenRequest) -> TeamsUserToken:
        """Issue an ACS token: with the Teams token brought, or with one had on the user's behalf.

        Raises:
            InvalidTeamsTokenError, TeamsTokenMismatchError, TeamsTokenExpiringError: The token
                brought is of no use.
            InteractionRequiredError, EntraUnavailableError, NotAllowedError: As `OnBehalfOf`.
        """
        person = caller.person
        self._limits.calls.take(person.key)
        if request.token is not None:
            user = TeamsUser(self._client_id, person.object_id, person.tenant_id)
            precheck(request.token, user, MIN_LEFT)
            token = request.token
        elif caller.token is not None:
            token = await self._on_behalf.teams_token(person, caller.token)
        else:
            raise InvalidRequestError("token: send the user's Teams token; none can be had here.")
        return await self._service.exchange_teams_token(
            TeamsTokenRequest.model_validate(
                {"token": token, "clientId": self._client_id, "userObjectId": person.object_id}
            )
        )
