"""The operations of ACS Identity, through Microsoft's SDK: one upstream call each."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from azure.communication.identity import CommunicationUserIdentifier
from azure.communication.identity.aio import CommunicationIdentityClient
from azure.core.credentials import AccessToken as IssuedToken
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.rest import HttpRequest

from acs_tokens.acs.access_keys import AccessKeys
from acs_tokens.acs.entra_proof import EntraAuthenticationPolicy, entra_credential
from acs_tokens.acs.failures import Subject, clock_difference
from acs_tokens.acs.pipeline import RequestPolicy
from acs_tokens.acs.retries import AcsRequests, RetryPolicy
from acs_tokens.acs.sdk_errors import acs_errors
from acs_tokens.acs.transport import AcsResponse, Transport
from acs_tokens.errors import IdentityNotFoundError
from acs_tokens.models import Identity, Scope, TeamsTokenRequest, TeamsUserToken, UserToken
from acs_tokens.settings.acs import AcsSettings

# ACS knows no way to say that a create is a repeated one: a lost answer would cost an identity.
CREATE = RetryPolicy(1, idempotent=False)
EXCHANGE = RetryPolicy(1, idempotent=True)
CHANGE = RetryPolicy(2, idempotent=True)
CHECK = RetryPolicy(0, idempotent=True)
NOBODY = "8:acs:" + "_".join(["00000000-0000-0000-0000-000000000000"] * 2)

Result = TypeVar("Result")


class TokenService:
    """Creates identities and issues, revokes and exchanges access tokens.

    Create it on the event loop that will use it, once per process.

    All operations raise `AcsAuthError`, `AcsThrottledError`, `AcsUnavailableError`,
    `AcsAnswerError` or `BusyError` when ACS does not do its part; those that take a user id also
    `IdentityNotFoundError`.
    """

    def __init__(self, connection: AcsSettings) -> None:
        endpoint, keys = connection.endpoint, connection.access_keys
        signing = AccessKeys(endpoint, keys) if keys else None
        credential = AzureKeyCredential(keys[0].get_secret_value()) if keys else entra_credential()
        self._sent = RequestPolicy(signing)
        # Not from_connection_string: it drops the scheme and forces https.
        self._client = CommunicationIdentityClient(
            endpoint,
            credential,
            # These and no others: nothing is sent twice, follows a redirect or is logged. The
            # twelve that the SDK would add are not wanted, and cost every token time.
            policies=[*_proofs(credential), self._sent],
            transport=Transport(),
        )
        self._calls = AcsRequests(signing)

    @property
    def breaker_state(self) -> str:
        """``closed``; ``open`` while ACS is left alone, ``half-open`` when that is over."""
        return self._calls.breaker.state

    async def create_user(self) -> Identity:
        """Create an identity. ACS keeps it until it is deleted."""

        async def attempt() -> Identity:
            user = await self._client.create_user()
            return Identity.model_validate({"userId": user.properties["id"]})

        return await self._call(attempt, CREATE)

    async def create_user_and_token(
        self, scopes: Sequence[Scope], lifetime: timedelta
    ) -> UserToken:
        """Create an identity and issue its first access token, in one upstream call.

        Args:
            scopes: What the token allows; at least one.
            lifetime: 60 to 1440 minutes; ACS counts whole ones.
                https://learn.microsoft.com/rest/api/communication/identity/communication-identity/create
        """

        async def attempt() -> UserToken:
            user, issued = await self._client.create_user_and_token(
                list(scopes), token_expires_in=lifetime
            )
            return UserToken.model_validate(_members(user.properties["id"], issued))

        return await self._call(attempt, CREATE)

    async def issue_token(
        self, user_id: str, scopes: Sequence[Scope], lifetime: timedelta
    ) -> UserToken:
        """Issue an access token for an existing identity; earlier ones stay valid.

        Args:
            user_id: ``8:acs:…``, as returned by `create_user`.
            scopes: What the token allows; at least one.
            lifetime: 60 to 1440 minutes; ACS counts whole ones.
        """

        async def attempt() -> UserToken:
            issued = await self._client.get_token(
                CommunicationUserIdentifier(user_id), list(scopes), token_expires_in=lifetime
            )
            return UserToken.model_validate(_members(user_id, issued))

        return await self._call(attempt, CHANGE, Subject.IDENTITY)

    async def revoke_tokens(self, user_id: str) -> None:
        """Revoke all access tokens of an identity. ACS may take 15 minutes to spread it."""
        user = CommunicationUserIdentifier(user_id)
        await self._call(lambda: self._client.revoke_tokens(user), CHANGE, Subject.IDENTITY)

    async def delete_user(self, user_id: str) -> None:
        """Delete an identity; ACS revokes its tokens and deletes its chat messages."""
        user = CommunicationUserIdentifier(user_id)
        try:
            await self._call(lambda: self._client.delete_user(user), CHANGE, Subject.IDENTITY)
        except IdentityNotFoundError as error:
            if not error.in_doubt:
                raise

    async def exchange_teams_token(self, request: TeamsTokenRequest) -> TeamsUserToken:
        """Exchange a Teams user's Entra token for an ACS access token that expires with it.

        Raises:
            InvalidTeamsTokenError: ACS does not accept the token.
            TeamsTokenMismatchError: The token belongs to another application or user.
        """

        async def attempt() -> TeamsUserToken:
            issued = await self._client.get_token_for_teams_user(
                request.token, request.client_id, request.user_object_id
            )
            return TeamsUserToken.model_validate(
                _members(f"8:orgid:{request.user_object_id}", issued)
            )

        return await self._call(attempt, EXCHANGE, Subject.TEAMS_USER)

    async def check(self) -> timedelta | None:
        """Ask ACS for something that changes nothing, once; also as the breaker's probe.

        Returns:
            How far ACS's clock is ahead of ours; None when its answer does not say.
        """
        nobody = CommunicationUserIdentifier(NOBODY)
        with contextlib.suppress(IdentityNotFoundError):
            await self._call(lambda: self._client.revoke_tokens(nobody), CHECK, Subject.IDENTITY)
        return clock_difference(self._sent.date)

    async def _call(
        self,
        attempt: Callable[[], Awaitable[Result]],
        repeats: RetryPolicy,
        about: Subject | None = None,
    ) -> Result:
        async def translated() -> Result:
            with acs_errors(about):
                return await attempt()

        return await self._calls.run(translated, repeats)


def _proofs(
    credential: AzureKeyCredential | AsyncTokenCredential,
) -> list[AsyncHTTPPolicy[HttpRequest, AcsResponse]]:
    return (
        []
        if isinstance(credential, AzureKeyCredential)
        else [EntraAuthenticationPolicy(credential)]
    )


def _members(user_id: str, issued: IssuedToken) -> dict[str, object]:
    # The SDK types expires_on as int, but passes ACS's ISO 8601 string through.
    return {"userId": user_id, "token": issued.token, "expiresOn": issued.expires_on}
