"""Signing in to ACS with Entra: a managed identity in Azure, a developer's login elsewhere."""

from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy
from azure.core.rest import HttpRequest

from acs_tokens.errors import AcsAuthError, MisconfiguredError

SCOPE = "https://communication.azure.com//.default"  # both slashes


def entra_credential() -> AsyncTokenCredential:
    """Find out who this process is.

    Raises:
        MisconfiguredError: The environment says so in a way that makes no sense.
    """
    # Imported here: it costs a start more than all the rest, and most deployments have a key.
    from azure.identity.aio import DefaultAzureCredential

    try:
        return DefaultAzureCredential()
    except (ValueError, OSError):
        raise MisconfiguredError(
            "ACS_ENDPOINT",
            "is set without a key, but the AZURE_… variables for Entra sign-in make no sense.",
        ) from None


class EntraAuthenticationPolicy(AsyncBearerTokenCredentialPolicy[HttpRequest, Any]):
    """Adds the proof; what Entra or the managed identity answers is not taken for ACS's."""

    def __init__(self, credential: AsyncTokenCredential) -> None:
        super().__init__(credential, SCOPE)

    async def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        try:
            await super().on_request(request)
        except (AzureError, LookupError, TypeError, ValueError):  # also of strange answers
            raise AcsAuthError(
                log="No Entra token for ACS. Give this app a managed identity with a role on the"
                " ACS resource, or sign in with 'az login'; or set an access key."
            ) from None

    async def on_challenge(self, request: PipelineRequest[HttpRequest], response: object) -> bool:
        """Send nothing again: only `Calls` knows what may be."""
        return False
