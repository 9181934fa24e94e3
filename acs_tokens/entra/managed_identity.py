"""The app's managed identity: the assertions by which this service authenticates to Entra.

https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
"""

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from pydantic import TypeAdapter

from acs_tokens.http_client import client_options
from acs_tokens.models.values import EntraToken
from acs_tokens.problems import EntraUnavailableError
from acs_tokens.tasks import SharedStep

if TYPE_CHECKING:
    from azure.identity.aio import ManagedIdentityCredential

EXCHANGE_SCOPE = "api://AzureADTokenExchange/.default"
REQUEST_SECONDS = 4  # so that enough of a request's 8 s is left for Entra and ACS
MIN_LIFETIME_SECONDS = 60  # an assertion with less may end before Entra reads it
# The SDK raises these too, when a success lacks a field or has a strange one.
FAILURES = (
    AzureError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TimeoutError,
    TypeError,
    ValueError,
)


class ManagedIdentity:
    """Gets assertions from the platform's identity endpoint, with one credential and its cache.

    The SDK renews an assertion five minutes before its end, and one of two hours or more after
    half of its life. While the endpoint fails, the last assertion is used as long as it is valid.

    Create it on the event loop that will use it, once per process.

    Args:
        client_id: Of a user-assigned identity, a GUID; None for the system-assigned one.
        session: For requests to the endpoint. It stays open when this is closed.
        scope: What the tokens are for.
    """

    def __init__(
        self, client_id: str | None, session: aiohttp.ClientSession, scope: str = EXCHANGE_SCOPE
    ) -> None:
        self._scope = scope
        self._client_id = client_id
        self._session = session
        self._credential: ManagedIdentityCredential | None = None
        self._last = AccessToken("", 0)
        self._request = SharedStep(self._current)

    async def aclose(self) -> None:
        """End a request to the endpoint that is under way."""
        self._request.cancel()

    async def assertion(self) -> str:
        """Return a valid assertion. Callers at the same time share one request to the endpoint.

        Raises:
            EntraUnavailableError: The endpoint fails, and there is no earlier assertion.
        """
        return await self._request.result()

    async def _current(self) -> str:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                issued = await self._cached_credential().get_token(self._scope)
            TypeAdapter(EntraToken).validate_python(issued.token)
            self._last = issued
        except FAILURES as error:
            if self._last.expires_on - time.time() < MIN_LIFETIME_SECONDS:
                raise EntraUnavailableError(
                    log=f"No token of the managed identity: {type(error).__name__}. Check that"
                    " this app has one, and the client id if it is a user-assigned one."
                ) from None
        return self._last.token

    def _cached_credential(self) -> "ManagedIdentityCredential":
        from azure.identity.aio import ManagedIdentityCredential

        if self._credential is None:
            options = client_options(timedelta(seconds=REQUEST_SECONDS), self._session)
            self._credential = ManagedIdentityCredential(client_id=self._client_id, **options)
        return self._credential
