"""azure-core policies for requests to ACS: identification, signature or Entra token, echo check."""

import logging
from http import HTTPStatus
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    AsyncHTTPPolicy,
    ContentDecodePolicy,
)
from azure.core.rest import HttpRequest
from multidict import CIMultiDict

from acs_tokens.acs.access_keys import AccessKeys
from acs_tokens.acs.error_responses import REQUEST_ID
from acs_tokens.acs.failures import UpstreamError
from acs_tokens.acs.responses import AcsResponse
from acs_tokens.context import current_request
from acs_tokens.problems import AcsAuthError, AcsResponseError, MisconfiguredError

ENTRA_SCOPE = "https://communication.azure.com//.default"  # two slashes, as in Microsoft's SDK

log = logging.getLogger(__name__)


class RequestPolicy(AsyncHTTPPolicy[HttpRequest, AcsResponse]):
    """Adds request id and trace context, signs, and rejects a response to another request.

    Args:
        keys: The access keys to sign with; None where another policy adds an Entra token.

    Attributes:
        date: The ``Date`` header of the last response.
    """

    def __init__(self, keys: AccessKeys | None) -> None:
        self._keys = keys
        self._warned = False
        self.date: str | None = None

    async def send(
        self, request: PipelineRequest[HttpRequest]
    ) -> PipelineResponse[HttpRequest, AcsResponse]:
        """Send a request.

        Raises:
            UpstreamError: The response names another request.
        """
        context, message = current_request.get(), request.http_request
        context.audit.sent_to_acs()
        # In the type that aiohttp wants: to add to the SDK's own takes three times as long.
        headers = message.headers = CIMultiDict(message.headers)
        headers[REQUEST_ID] = context.id
        headers["x-ms-return-client-request-id"] = "true"
        headers.update(context.trace_headers)
        if self._keys:
            content = message.content or b""
            body = content.encode() if isinstance(content, str) else content
            headers.update(self._keys.sign(message.method, message.url, body))
        response = await self.next.send(request)
        received = response.http_response
        self.date = received.headers.get("Date")
        self._check_echo(received, context.id)
        # In place of azure-core's ContentDecodePolicy. The SDK is told that there is no content:
        # `ResultReader` reads it at a fraction of what the SDK's models cost.
        response.context[ContentDecodePolicy.CONTEXT_NAME] = None
        return response

    def _check_echo(self, response: AcsResponse, request_id: str) -> None:
        """Reject a response to another request, which would be another caller's identity.

        A late response can arrive on a reused connection. In recordings ACS named the request in
        every response, but Microsoft does not document it: a success without the name is accepted.
        """
        echoed = response.headers.getall(REQUEST_ID, [])
        if any(echoed) and echoed != [request_id]:
            raise UpstreamError(AcsResponseError(log="ACS's response names another request."))
        is_success = response.status_code < HTTPStatus.MULTIPLE_CHOICES
        if is_success and not any(echoed) and not self._warned:
            self._warned = True
            log.warning(
                "A response of ACS does not name its request (header %s). Such responses are"
                " accepted, but ACS used to name it: check the proxies between this app and ACS.",
                REQUEST_ID,
            )


class EntraTokenPolicy(AsyncBearerTokenCredentialPolicy[HttpRequest, Any]):
    """Adds an Entra token for ACS to each request."""

    def __init__(self, credential: AsyncTokenCredential) -> None:
        super().__init__(credential, ENTRA_SCOPE)

    async def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Add the token.

        Raises:
            UpstreamError: There is none. Without this, the error of Entra or of the managed
                identity would be taken for a response of ACS.
        """
        try:
            await super().on_request(request)
        except (AzureError, LookupError, TypeError, ValueError):  # the last three: odd responses
            raise UpstreamError(
                AcsAuthError(
                    log="No Entra token for ACS. Give this app a managed identity with a role on"
                    " the ACS resource, or sign in with 'az login'; or set an access key."
                )
            ) from None

    async def on_challenge(self, request: PipelineRequest[HttpRequest], response: object) -> bool:
        """Send nothing again: `AcsRequests` alone decides about retries."""
        return False


def default_credential() -> AsyncTokenCredential:
    """Return the credential that the environment provides: a managed identity or a login.

    Raises:
        MisconfiguredError: The environment's variables for Entra make no sense, or name a file that
            cannot be read.
    """
    # Imported here: it takes longer than all the rest, and most deployments have a key.
    from azure.identity.aio import DefaultAzureCredential

    try:
        return DefaultAzureCredential()
    except (ValueError, OSError):
        raise MisconfiguredError(
            "ACS_ENDPOINT",
            "or the identity store is set without a key, but the AZURE_… variables for Entra"
            " sign-in make no sense to Azure's SDK. Correct or remove them, or set a key.",
        ) from None
