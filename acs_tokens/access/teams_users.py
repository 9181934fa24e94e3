"""Signed-in users of Teams: an ACS token for the Teams user that they are."""

from acs_tokens.access.rate_limits import Limits
from acs_tokens.access.sign_in import SignedIn
from acs_tokens.acs.service import TokenService
from acs_tokens.entra.on_behalf_of import OnBehalf
from acs_tokens.entra.teams_tokens import MIN_LEFT, TeamsUser, examine
from acs_tokens.errors import InvalidRequestError
from acs_tokens.models import OwnTeamsTokenRequest, TeamsTokenRequest, TeamsUserToken
from acs_tokens.settings.entra import EntraSettings


class TeamsMembers:
    """Exchanges only tokens of the user who asks, issued to this service's application."""

    def __init__(self, service: TokenService, rules: EntraSettings, limits: Limits) -> None:
        self._service = service
        self._client_id = rules.client_id
        self._on_behalf = OnBehalf(rules)
        self._limits = limits

    async def issue_token(self, caller: SignedIn, request: OwnTeamsTokenRequest) -> TeamsUserToken:
        """Issue an ACS token: with the Teams token brought, or with one had on the user's behalf.

        Raises:
            InvalidTeamsTokenError, TeamsTokenMismatchError, TeamsTokenExpiringError: The token
                brought is of no use.
            InteractionRequiredError, EntraUnavailableError, NotAllowedError: As `OnBehalf`.
        """
        person = caller.person
        self._limits.calls.take(person.key)
        if request.token is not None:
            user = TeamsUser(self._client_id, person.object_id, person.tenant_id)
            examine(request.token, user, MIN_LEFT)
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
