"""The operations of ACS Identity, through Microsoft's SDK: one upstream call each."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import cast

from azure.communication.identity import CommunicationUserIdentifier
from azure.communication.identity.aio import CommunicationIdentityClient
from azure.core.credentials import AccessToken as IssuedToken
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
)
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from acs_tokens.answers import Subject, error_for
from acs_tokens.connection import Connection
from acs_tokens.errors import (
    AcsAnswerError,
    AcsAuthError,
    AcsUnavailableError,
    BusyError,
    MisconfiguredError,
    TokenServiceError,
)
from acs_tokens.invocation import current_invocation
from acs_tokens.models import Identity, Scope, TeamsTokenRequest, TeamsUserToken, UserToken
from acs_tokens.transport import client_options

MAX_CALLS = 64  # at once; also bounds memory: 256 KiB for each TLS connection
SLOT_SECONDS = 0.25  # how long a call waits for another to end
REQUEST_ID = "x-ms-client-request-id"  # ACS echoes it
READ_TIMEOUT = timedelta(seconds=10)  # also ends what goes on after the request's deadline


class TokenService:
    """Creates identities and issues, revokes and exchanges access tokens.

    Create it on the event loop that will use it, once per process.

    All operations raise `AcsAuthError`, `AcsThrottledError`, `AcsUnavailableError` or
    `AcsAnswerError` when ACS does not do its part; those that take a user id also
    `IdentityNotFoundError`.
    """

    def __init__(self, connection: Connection) -> None:
        # Not from_connection_string: it drops the scheme and forces https.
        self._client = CommunicationIdentityClient(
            connection.endpoint,
            _credential(connection),
            per_retry_policies=[_Attempts()],
            auto_request_id=False,
            **client_options(READ_TIMEOUT),
        )
        self._slots = asyncio.Semaphore(MAX_CALLS)

    async def create_user(self) -> Identity:
        """Create an identity. ACS keeps it until it is deleted."""
        async with self._call():
            user = await self._client.create_user()
            return Identity.model_validate({"userId": user.properties["id"]})

    async def create_user_and_token(
        self, scopes: Sequence[Scope], lifetime: timedelta
    ) -> UserToken:
        """Create an identity and issue its first access token, in one upstream call.

        Args:
            scopes: What the token allows; at least one.
            lifetime: 60 to 1440 minutes; ACS counts whole ones.
                https://learn.microsoft.com/rest/api/communication/identity/communication-identity/create
        """
        async with self._call():
            user, issued = await self._client.create_user_and_token(
                list(scopes), token_expires_in=lifetime
            )
            return UserToken.model_validate(_members(user.properties["id"], issued))

    async def issue_token(
        self, user_id: str, scopes: Sequence[Scope], lifetime: timedelta
    ) -> UserToken:
        """Issue an access token for an existing identity; earlier ones stay valid.

        Args:
            user_id: ``8:acs:…``, as returned by `create_user`.
            scopes: What the token allows; at least one.
            lifetime: 60 to 1440 minutes; ACS counts whole ones.
        """
        async with self._call(Subject.IDENTITY):
            issued = await self._client.get_token(
                CommunicationUserIdentifier(user_id), list(scopes), token_expires_in=lifetime
            )
            return UserToken.model_validate(_members(user_id, issued))

    async def revoke_tokens(self, user_id: str) -> None:
        """Revoke all access tokens of an identity. ACS may take 15 minutes to spread it."""
        async with self._call(Subject.IDENTITY):
            await self._client.revoke_tokens(CommunicationUserIdentifier(user_id))

    async def delete_user(self, user_id: str) -> None:
        """Delete an identity; ACS revokes its tokens and deletes its chat messages."""
        async with self._call(Subject.IDENTITY):
            await self._client.delete_user(CommunicationUserIdentifier(user_id))

    async def exchange_teams_token(self, request: TeamsTokenRequest) -> TeamsUserToken:
        """Exchange a Teams user's Entra token for an ACS access token that expires with it.

        Raises:
            InvalidTeamsTokenError: ACS does not accept the token.
            TeamsTokenMismatchError: The token belongs to another application or user.
        """
        async with self._call(Subject.TEAMS_USER):
            issued = await self._client.get_token_for_teams_user(
                request.token, request.client_id, request.user_object_id
            )
            return TeamsUserToken.model_validate(
                _members(f"8:orgid:{request.user_object_id}", issued)
            )

    @asynccontextmanager
    async def _call(self, about: Subject | None = None) -> AsyncIterator[None]:
        """Hold one of the places for calls to ACS, and turn its errors into ours."""
        try:
            async with asyncio.timeout(SLOT_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            raise BusyError("Come back in a second.", retry_after=1) from None
        try:
            with _acs_errors(about):
                yield
        finally:
            self._slots.release()


def _credential(connection: Connection) -> AzureKeyCredential | AsyncTokenCredential:
    if connection.access_key:
        return AzureKeyCredential(connection.access_key.get_secret_value())
    # Imported here: it costs a start more than all the rest, and most deployments have a key.
    from azure.identity.aio import DefaultAzureCredential

    try:
        return DefaultAzureCredential()
    except (ValueError, OSError):
        raise MisconfiguredError(
            "ACS_ENDPOINT",
            "is set without a key, but the AZURE_… variables for Entra sign-in make no sense.",
        ) from None


class _Attempts(SansIOHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Counts what is really sent, and gives ACS the id that our caller knows the request by."""

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        invocation = current_invocation.get()
        invocation.upstream_attempts += 1
        request.http_request.headers[REQUEST_ID] = invocation.id
        request.http_request.headers.update(invocation.trace_headers)

    def on_response(
        self,
        request: PipelineRequest[HttpRequest],
        response: PipelineResponse[HttpRequest, AsyncHttpResponse],
    ) -> None:
        echoed = response.http_response.headers.get(REQUEST_ID)
        if echoed not in (None, current_invocation.get().id):
            raise ValueError("the answer to another request")


@contextmanager
def _acs_errors(about: Subject | None = None) -> Iterator[None]:
    """Turn what the SDK raises into our errors; the only place that knows both."""
    try:
        yield
    except HttpResponseError as error:
        raise _refusal(error, about) from error
    except AzureError as error:
        cause = type(error.__cause__ or error).__name__
        raise AcsUnavailableError(log=f"No answer from ACS: {cause}.") from error
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # What the SDK and our models make of a success that lacks a member or has a strange one.
        raise AcsAnswerError(
            log="A success of ACS without a usable id, token or expiry."
        ) from error


def _members(user_id: str, issued: IssuedToken) -> dict[str, object]:
    # The SDK types expires_on as int, but passes ACS's ISO 8601 string through.
    return {"userId": user_id, "token": issued.token, "expiresOn": issued.expires_on}


def _refusal(error: HttpResponseError, about: Subject | None) -> TokenServiceError:
    """Take an error answer apart; one without a status did not come from ACS."""
    if error.response is None or error.status_code is None:
        if isinstance(error, ClientAuthenticationError):
            return AcsAuthError(
                log="No Entra token for ACS. Give this app a managed identity with a role on the"
                " ACS resource, or sign in with 'az login'; or set an access key."
            )
        return AcsUnavailableError(log="ACS's answer broke off.")
    body = error.error
    return error_for(
        error.status_code,
        str(body.code) if body else "",
        str(body.target) if body else "",
        retry_after=cast("AsyncHttpResponse", error.response).headers.get("Retry-After"),
        about=about,
    )
