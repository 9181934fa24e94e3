"""Teams users: an ACS token in exchange for the Teams token."""

from acs_tokens.access.caller import Caller
from acs_tokens.acs.service import TokenService
from acs_tokens.entra.on_behalf_of import OnBehalfOf
from acs_tokens.entra.teams_tokens import MIN_LIFETIME, TeamsUser, precheck
from acs_tokens.models.requests import OwnTeamsTokenRequest, TeamsTokenRequest
from acs_tokens.models.responses import TeamsPageToken
from acs_tokens.oidc.person import EntraUser
from acs_tokens.problems import InvalidRequestError, NotAllowedError
from acs_tokens.settings.entra import EntraSettings


class TeamsUsers:
    """Exchanges Teams tokens of the signed-in user who asks, issued to this service's application.

    Create it on the event loop that will use it, once per process.
    """

    def __init__(self, service: TokenService, settings: EntraSettings) -> None:
        self._service = service
        self._client_id = settings.client_id
        self._on_behalf_of = OnBehalfOf(settings)

    async def issue_token(self, caller: Caller, request: OwnTeamsTokenRequest) -> TeamsPageToken:
        """Issue an ACS token in exchange for the Teams token: the one sent, or one obtained now.

        Args:
            caller: The signed-in user.
            request: With the user's Teams token, or without one: then this service obtains one on
                behalf of the user.

        Raises:
            InvalidTeamsTokenError, TeamsTokenMismatchError, TeamsTokenExpiringError: The token sent
                cannot be used.
            InvalidRequestError: None was sent, and App Service authentication gives this service
                nothing to obtain one with.
            NotAllowedError: The caller has not signed in with Entra.
            InteractionRequiredError, EntraUnavailableError, NotAllowedError: As `OnBehalfOf`.
            Problem: As `TokenService.exchange_teams_token`.
        """
        person = caller.person
        if not isinstance(person, EntraUser):
            raise NotAllowedError("Sign in with Entra: Teams users are users of Entra.")
        if request.token is not None:
            user = TeamsUser(self._client_id, person.object_id, person.tenant_id)
            precheck(request.token, user, MIN_LIFETIME)
            teams_token = request.token
        elif caller.token is not None:
            teams_token = await self._on_behalf_of.teams_token(person, caller.token)
        else:
            raise InvalidRequestError(
                "token: send the user's Teams token; with App Service authentication this service"
                " cannot get one."
            )
        exchange = TeamsTokenRequest.model_validate(
            {"token": teams_token, "clientId": self._client_id, "userObjectId": person.object_id}
        )
        token = await self._service.exchange_teams_token(exchange)
        return TeamsPageToken.of(token, self._service.endpoint)
