"""Going on behalf of a signed-in user: Entra's exchange of its token for one for Teams."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, ClientAuthenticationError
from pydantic import TypeAdapter

from acs_tokens.entra.person import Person
from acs_tokens.entra.teams_tokens import AUDIENCE, SCOPES
from acs_tokens.errors import (
    EntraUnavailableError,
    InteractionRequiredError,
    NotAllowedError,
)
from acs_tokens.http_client import client_options, new_session
from acs_tokens.models import EntraToken
from acs_tokens.settings.entra import EntraSettings

if TYPE_CHECKING:
    from azure.identity.aio import OnBehalfOfCredential

READ_TIMEOUT = timedelta(seconds=4)
EXCHANGE_SCOPE = "api://AzureADTokenExchange/.default"
NEEDS_THE_USER = ("interaction_required", "invalid_grant", "consent_required", "login_required")


class OnBehalfOf:
    """Gets Teams tokens for users who proved who they are with an Entra token of this service."""

    def __init__(self, rules: EntraSettings) -> None:
        self._rules = rules
        self._session = new_session()  # a credential is made for every user

    async def teams_token(self, person: Person, assertion: str) -> str:
        """Exchange the user's token.

        Raises:
            NotAllowedError: This service has no credential to do so.
            InteractionRequiredError: Entra wants the user to sign in again.
            EntraUnavailableError: Entra cannot be reached, or refuses this service.
        """
        try:
            credential = await self._credential(person, assertion)
            async with credential:
                issued = await credential.get_token(*(f"{AUDIENCE}/{scope}" for scope in SCOPES))
            return TypeAdapter(EntraToken).validate_python(issued.token)
        except ClientAuthenticationError as error:
            raise _refusal(error) from None
        except AzureError as error:
            cause = type(error.__cause__ or error).__name__
            raise EntraUnavailableError(log=f"On behalf: {cause}.") from None
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
            raise EntraUnavailableError(
                log="On behalf: ENTRA_CLIENT_CERTIFICATE cannot be read, or Entra makes no sense."
            ) from None

    async def _credential(self, person: Person, assertion: str) -> "OnBehalfOfCredential":
        from azure.identity.aio import OnBehalfOfCredential

        return OnBehalfOfCredential(
            person.tenant_id,
            self._rules.client_id,
            user_assertion=assertion,
            authority=self._rules.authority,
            disable_instance_discovery=True,
            **await self._proof(),
            **client_options(READ_TIMEOUT, self._session),
        )

    async def _proof(self) -> dict[str, Any]:
        """How this service proves to Entra who it is."""
        if self._rules.client_secret:
            return {"client_secret": self._rules.client_secret.get_secret_value()}
        if self._rules.client_certificate:
            return {"client_certificate": self._rules.client_certificate.get_secret_value()}
        if self._rules.managed_identity:
            return {"client_assertion_func": await _managed_identity_assertion()}
        raise NotAllowedError("This service does not go on behalf of users: send a Teams token.")


async def _managed_identity_assertion() -> Callable[[], str]:
    from azure.identity.aio import ManagedIdentityCredential

    try:
        async with ManagedIdentityCredential() as credential:
            issued = await credential.get_token(EXCHANGE_SCOPE)
    except AzureError as error:
        raise EntraUnavailableError(log=f"Managed identity: {type(error).__name__}.") from None
    return lambda: issued.token


def _refusal(error: ClientAuthenticationError) -> InteractionRequiredError | EntraUnavailableError:
    try:
        body = json.loads(error.response.body()) if error.response else {}  # type: ignore[attr-defined] # of its transport
    except (AttributeError, ValueError):
        body = {}
    code = body.get("error") if isinstance(body, dict) else None
    if code in NEEDS_THE_USER:
        claims = body.get("claims")
        return InteractionRequiredError(claims if isinstance(claims, str) else None)
    return EntraUnavailableError(
        log="Entra refuses to act on behalf: check this service's credential and its consent for"
        " Teams.ManageCalls and Teams.ManageChats."
    )
