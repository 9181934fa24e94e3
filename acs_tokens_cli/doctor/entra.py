"""Checks of Entra: the tenants' metadata and keys, and the service's own credential."""

import json
import re
from datetime import timedelta
from typing import Any

import aiohttp
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError

from acs_tokens.entra.managed_identity import ManagedIdentity
from acs_tokens.entra.signing_keys import ALGORITHMS, SigningKeys
from acs_tokens.http_client import client_options, new_session
from acs_tokens.settings.entra import EntraSettings
from acs_tokens_cli.doctor.check import Check, FindingError, Group
from acs_tokens_cli.doctor.network import CONNECTION_CURE, way_to

READ_TIMEOUT = timedelta(seconds=4)
GRAPH = "https://graph.microsoft.com/.default"  # every application gets a token for it
# By Entra's error code. https://learn.microsoft.com/entra/identity-platform/reference-error-codes
CURES = {
    "AADSTS7000215": "Set ENTRA_CLIENT_SECRET to the secret's value, not to its id.",
    "AADSTS7000222": "The secret has ended: make another, and set ENTRA_CLIENT_SECRET to it.",
    "AADSTS700016": "Set ENTRA_CLIENT_ID to an application that exists in this tenant.",
    "AADSTS700027": "Upload the certificate's public part to the application.",
    "AADSTS70021": "Add a federated credential for the managed identity to the application.",
    "AADSTS700213": "Add a federated credential for the managed identity to the application.",
}
OTHER_CURE = "Look the code up at https://login.microsoftonline.com/error."


def entra_checks(settings: EntraSettings) -> Group:
    """Return the checks of what sign-in with Entra needs."""
    tenants = sorted(settings.tenant_ids)
    checks = [_tenant_check(settings, tenant) for tenant in tenants]
    if settings.managed_identity or settings.client_secret or settings.client_certificate:
        name = "Entra credential for on-behalf-of"
        checks.append(Check(name, lambda: authenticate(settings, tenants[0]), CONNECTION_CURE))
    return Group([*way_to(settings.authority)], checks)


def _tenant_check(settings: EntraSettings, tenant: str) -> Check:
    return Check(f"Entra tenant {tenant}", lambda: read_tenant(settings, tenant), CONNECTION_CURE)


async def read_tenant(settings: EntraSettings, tenant: str) -> str:
    """Read a tenant's metadata and signing keys, as verifying a token does.

    Raises:
        FindingError: Entra does not know the tenant, or it is another one.
        EntraUnavailableError: The keys cannot be read.
    """
    metadata = await _metadata(f"{settings.authority}/{tenant}/v2.0")
    if metadata.get("issuer") != settings.issuers(tenant)["2.0"]:
        raise FindingError(
            "The metadata name another issuer.",
            "Check ENTRA_AUTHORITY: each national cloud has its own, and nothing may stand in"
            " between.",
        )
    async with new_session() as session:
        await SigningKeys(settings.authority, session).find(tenant, "", ALGORITHMS[0])
    return "metadata and signing keys are there"


async def _metadata(issuer: str) -> dict[str, Any]:
    url = f"{issuer}/.well-known/openid-configuration"
    try:
        async with (
            new_session() as session,
            session.get(url, allow_redirects=False) as response,
        ):
            document = json.loads(await response.read())
            status = response.status
    except (aiohttp.ClientError, OSError, RecursionError, ValueError) as error:
        raise FindingError(f"No metadata: {type(error).__name__}.", CONNECTION_CURE) from None
    if status != 200 or not isinstance(document, dict):
        raise FindingError(
            f"Entra has no such tenant ({status}).",
            "Set ENTRA_TENANT_IDS to tenant ids as the Entra portal shows them.",
        )
    return document


async def authenticate(settings: EntraSettings, tenant: str) -> str:
    """Let the service sign in to Entra as itself, with what it acts on behalf of users with.

    Raises:
        FindingError: Entra does not accept the credential.
        EntraUnavailableError: There is no assertion of the managed identity.
    """
    session = new_session()
    try:
        async with await _credential(settings, tenant, session) as credential:
            await credential.get_token(GRAPH)
    except AzureError as error:
        code = re.search(r"AADSTS[0-9]+", str(error))
        if not code:
            cause = type(error.__cause__ or error).__name__
            raise FindingError(f"No token from Entra: {cause}.", CONNECTION_CURE) from None
        raise FindingError(
            f"Entra does not accept the service's credential ({code[0]}).",
            CURES.get(code[0], OTHER_CURE),
        ) from None
    finally:
        await session.close()
    return "accepted; whether users have consented to Teams shows when one signs in"


async def _credential(
    settings: EntraSettings, tenant: str, session: aiohttp.ClientSession
) -> AsyncTokenCredential:
    from azure.identity.aio import (
        CertificateCredential,
        ClientAssertionCredential,
        ClientSecretCredential,
    )

    options: dict[str, Any] = {
        "authority": settings.authority,
        "disable_instance_discovery": True,
        **client_options(READ_TIMEOUT, session),
    }
    if settings.client_secret:
        secret = settings.client_secret.get_secret_value()
        return ClientSecretCredential(tenant, settings.client_id, secret, **options)
    if settings.client_certificate:
        pem = settings.client_certificate.get_secret_value()
        return CertificateCredential(tenant, settings.client_id, certificate_data=pem, **options)
    assertion = await ManagedIdentity(settings.managed_identity_id, session).assertion()
    return ClientAssertionCredential(tenant, settings.client_id, lambda: assertion, **options)
