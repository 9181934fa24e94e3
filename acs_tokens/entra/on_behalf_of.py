"""The on-behalf-of flow: Entra exchanges a user's token of this service for a Teams token.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
"""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, ClientAuthenticationError
from pydantic import TypeAdapter

from acs_tokens.entra.managed_identity import ManagedIdentity
from acs_tokens.entra.teams_tokens import AUDIENCE, SCOPES
from acs_tokens.http_client import client_options, new_session
from acs_tokens.models.values import EntraToken
from acs_tokens.oidc.person import EntraUser
from acs_tokens.problems import (
    EntraUnavailableError,
    InteractionRequiredError,
    NotAllowedError,
)
from acs_tokens.settings.entra import EntraSettings

if TYPE_CHECKING:
    from azure.identity.aio import OnBehalfOfCredential

READ_TIMEOUT = timedelta(seconds=4)
USER_MUST_ACT = ("interaction_required", "invalid_grant", "consent_required", "login_required")


class OnBehalfOf:
    """Gets Teams tokens for users who signed in with an Entra token of this service.

    Create it on the event loop that will use it, once per process.
    """

    def __init__(self, settings: EntraSettings) -> None:
        self._settings = settings
        self._session = new_session()  # shared, because each user needs a credential object
        self._identity = (
            ManagedIdentity(settings.managed_identity_id, self._session)
            if settings.managed_identity
            else None
        )

    async def aclose(self) -> None:
        """Close all connections."""
        if self._identity:
            await self._identity.aclose()
        await self._session.close()

    async def teams_token(self, user: EntraUser, token: str) -> str:
        """Exchange a user's access token.

        Args:
            user: The signed-in user.
            token: The verified access token that the user sent.

        Raises:
            NotAllowedError: This service has no credential for the exchange.
            InteractionRequiredError: Entra wants the user to sign in again.
            EntraUnavailableError: Entra cannot be reached, or refuses this service.
        """
        try:
            credential = await self._credential(user, token)
            async with credential:
                issued = await credential.get_token(*(f"{AUDIENCE}/{scope}" for scope in SCOPES))
            return TypeAdapter(EntraToken).validate_python(issued.token)
        except ClientAuthenticationError as error:
            raise _refusal(error) from None
        except AzureError as error:
            cause = type(error.__cause__ or error).__name__
            raise EntraUnavailableError(log=f"On-behalf-of: {cause}.") from None
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
            raise EntraUnavailableError(
                log="On-behalf-of: ENTRA_CLIENT_CERTIFICATE cannot be read, or Entra's response"
                " makes no sense."
            ) from None

    async def _credential(self, user: EntraUser, token: str) -> "OnBehalfOfCredential":
        from azure.identity.aio import OnBehalfOfCredential

        return OnBehalfOfCredential(
            user.tenant_id,
            self._settings.client_id,
            user_assertion=token,
            authority=self._settings.authority,
            disable_instance_discovery=True,
            **await self._client_authentication(),
            **client_options(READ_TIMEOUT, self._session),
        )

    async def _client_authentication(self) -> dict[str, Any]:
        """Return the arguments by which this service authenticates to Entra."""
        if self._settings.client_secret:
            return {"client_secret": self._settings.client_secret.get_secret_value()}
        if self._settings.client_certificate:
            return {"client_certificate": self._settings.client_certificate.get_secret_value()}
        if self._identity:
            assertion = await self._identity.assertion()
            return {"client_assertion_func": lambda: assertion}
        raise NotAllowedError("This service does not act on behalf of users: send a Teams token.")


def _refusal(error: ClientAuthenticationError) -> InteractionRequiredError | EntraUnavailableError:
    try:
        body = json.loads(error.response.text()) if error.response else {}
    except ValueError:
        body = {}
    code = body.get("error") if isinstance(body, dict) else None
    if code in USER_MUST_ACT:
        claims = body.get("claims")
        return InteractionRequiredError(claims if isinstance(claims, str) else None)
    return EntraUnavailableError(
        log="Entra refuses to let this service act on behalf of a user: check its credential, and"
        " its consent for Teams.ManageCalls and Teams.ManageChats."
    )
