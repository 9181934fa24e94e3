"""The operations of ACS Identity, through Microsoft's SDK: one upstream request each.

Around the SDK's client this package replaces the pipeline's policies, the transport and the
retries: the SDK's own would retry creates, log URLs with user ids, and take twice the CPU time.
"""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from azure.communication.identity import CommunicationUserIdentifier
from azure.communication.identity.aio import CommunicationIdentityClient
from azure.core.credentials import AzureKeyCredential
from pydantic_core import to_json

from acs_tokens.acs.access_keys import AccessKeys
from acs_tokens.acs.attempts import AcsRequests
from acs_tokens.acs.error_responses import CLIENT_ERRORS, Subject, clock_difference, upstream_error
from acs_tokens.acs.pipeline import EntraTokenPolicy, RequestPolicy, default_credential
from acs_tokens.acs.results import CreateResult, IssuedToken, ResultReader
from acs_tokens.acs.retries import (
    CHANGE,
    CHECK,
    CREATE,
    EXCHANGE,
    IdentityAlreadyGoneError,
    RetryPolicy,
)
from acs_tokens.acs.transport import Transport
from acs_tokens.models.requests import TeamsTokenRequest
from acs_tokens.models.responses import Identity, TeamsUserToken, UserToken
from acs_tokens.models.values import NOBODY, Scope
from acs_tokens.problems import IdentityNotFoundError
from acs_tokens.settings.acs import AcsSettings

Result = TypeVar("Result")


class TokenService:
    """Creates identities and issues, revokes and exchanges access tokens.

    Create it on the event loop that will use it, once per process.

    All operations raise `AcsAuthError`, `AcsThrottledError`, `AcsUnavailableError`,
    `AcsResponseError` or `BusyError` when ACS fails; those that take a user id also raise
    `IdentityNotFoundError`.

    Args:
        settings: The resource, and its access keys if there are any.

    Raises:
        MisconfiguredError: There is no access key, and `default_credential` raises it.
    """

    def __init__(self, settings: AcsSettings) -> None:
        self.endpoint = settings.endpoint
        keys = settings.access_keys
        access_keys = AccessKeys(settings.endpoint, keys) if keys else None
        self._credential = credential = (
            AzureKeyCredential(keys[0].get_secret_value()) if keys else default_credential()
        )
        self._policy = RequestPolicy(access_keys)
        entra = [] if isinstance(credential, AzureKeyCredential) else [EntraTokenPolicy(credential)]
        # Not from_connection_string: it drops the scheme and forces https.
        self._client = CommunicationIdentityClient(
            settings.endpoint,
            credential,
            # Only these. The SDK's twelve would retry, follow redirects and log, and cost time.
            policies=[*entra, self._policy],
            transport=Transport(),
        )
        self._requests = AcsRequests(access_keys)

    async def aclose(self) -> None:
        """Close all connections. Azure Functions gives an app no chance to; tests and tools do."""
        await self._client.close()
        if not isinstance(self._credential, AzureKeyCredential):
            await self._credential.close()

    @property
    def breaker_state(self) -> str:
        """The circuit breaker's state: ``closed``, ``open`` or ``half-open``."""
        return self._requests.breaker.state

    async def create_user(self) -> Identity:
        """Create an identity. ACS keeps it until it is deleted."""

        async def attempt() -> Identity:
            user = await self._client.create_user(cls=ResultReader(CreateResult.of))
            return Identity.model_validate({"userId": user.properties["id"]})

        return await self._run(attempt, CREATE)

    async def create_user_and_token(
        self, scopes: Sequence[Scope], lifetime: timedelta
    ) -> UserToken:
        """Create an identity and issue its first access token, in one upstream request.

        Args:
            scopes: What the token allows; at least one.
            lifetime: 60 to 1440 minutes; ACS counts whole minutes.
                https://learn.microsoft.com/rest/api/communication/identity/communication-identity/create
        """

        # The SDK's own method builds this request from models: a tenth of a token's CPU time.
        minutes = lifetime // timedelta(minutes=1)
        body = to_json({"createTokenWithScopes": scopes, "expiresInMinutes": minutes})

        async def attempt() -> UserToken:
            read = ResultReader(CreateResult.of)
            await self._client.create_user(body=body, cls=read)
            created = read.result
            return UserToken.model_validate(_fields(created.identity.id, created.access_token))

        return await self._run(attempt, CREATE)

    async def issue_token(
        self, user_id: str, scopes: Sequence[Scope], lifetime: timedelta
    ) -> UserToken:
        """Issue an access token for an existing identity; earlier ones stay valid.

        Args:
            user_id: ``8:acs:…``, as returned by `create_user`.
            scopes: What the token allows; at least one.
            lifetime: 60 to 1440 minutes; ACS counts whole minutes.
        """

        async def attempt() -> UserToken:
            issued = await self._client.get_token(
                CommunicationUserIdentifier(user_id),
                list(scopes),
                token_expires_in=lifetime,
                cls=ResultReader(IssuedToken.of),
            )
            return UserToken.model_validate(_fields(user_id, issued))

        return await self._run(attempt, CHANGE, Subject.IDENTITY)

    async def revoke_tokens(self, user_id: str) -> None:
        """Revoke all access tokens of an identity. It may take ACS 15 minutes to take effect."""
        user = CommunicationUserIdentifier(user_id)
        await self._run(lambda: self._client.revoke_tokens(user), CHANGE, Subject.IDENTITY)

    async def delete_user(self, user_id: str) -> None:
        """Delete an identity; ACS revokes its tokens and deletes its chat messages."""
        user = CommunicationUserIdentifier(user_id)
        with contextlib.suppress(IdentityAlreadyGoneError):
            await self._run(lambda: self._client.delete_user(user), CHANGE, Subject.IDENTITY)

    async def exchange_teams_token(self, request: TeamsTokenRequest) -> TeamsUserToken:
        """Exchange a Teams user's Entra token for an ACS access token that expires with it.

        Raises:
            InvalidTeamsTokenError: ACS does not accept the token.
            TeamsTokenMismatchError: The token belongs to another application or user.
        """

        async def attempt() -> TeamsUserToken:
            issued = await self._client.get_token_for_teams_user(
                request.token,
                request.client_id,
                request.user_object_id,
                cls=ResultReader(IssuedToken.of),
            )
            user_id = f"8:orgid:{request.user_object_id}"
            return TeamsUserToken.model_validate(_fields(user_id, issued))

        return await self._run(attempt, EXCHANGE, Subject.TEAMS_USER)

    async def check(self) -> timedelta | None:
        """Send ACS a request that changes nothing; also as the circuit breaker's probe.

        Returns:
            How far ACS's clock is ahead of ours; None when the response does not say.
        """
        nobody = CommunicationUserIdentifier(NOBODY)
        with contextlib.suppress(IdentityNotFoundError):
            await self._run(lambda: self._client.revoke_tokens(nobody), CHECK, Subject.IDENTITY)
        return clock_difference(self._policy.date)

    async def _run(
        self,
        attempt: Callable[[], Awaitable[Result]],
        policy: RetryPolicy,
        subject: Subject | None = None,
    ) -> Result:
        async def translated() -> Result:
            try:
                return await attempt()
            except CLIENT_ERRORS as error:
                raise upstream_error(error, subject) from error

        return await self._requests.run(translated, policy)


def _fields(user_id: str, issued: Any) -> dict[str, object]:
    # The SDK types expires_on as int, but passes ACS's ISO 8601 string through.
    return {"userId": user_id, "token": issued.token, "expiresOn": issued.expires_on}
