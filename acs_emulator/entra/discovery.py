"""The discovery documents: OpenID Connect metadata of a tenant, and instance discovery."""

from typing import Any
from urllib.parse import urlsplit

from acs_emulator.entra.errors import EntraError, unknown_tenant
from acs_emulator.entra.scopes import OIDC
from acs_emulator.entra.token_endpoint import GRANTS
from acs_emulator.entra.tokens import issuer
from acs_emulator.entra.users import Authority, find_authority

METADATA = "/.well-known/openid-configuration"


def metadata(authority: Authority, base: str, endpoints: str) -> dict[str, Any]:
    """Return the OpenID Connect metadata of an authority.

    Args:
        base: The address of the request, for example ``https://localhost:7073``.
        endpoints: ``/v2.0``, or empty for the endpoints of version 1 and of AD FS.
    """
    version = 2 if endpoints or authority.segment == "adfs" else 1
    # Entra has this placeholder too where the tenant depends on the user.
    tenant = authority.tenants[0].id if len(authority.tenants) == 1 else "{tenantid}"
    root = f"{base}/{authority.segment}"
    return {
        "issuer": issuer(base, tenant, version),
        "authorization_endpoint": f"{root}/oauth2{endpoints}/authorize",
        "token_endpoint": f"{root}/oauth2{endpoints}/token",
        "end_session_endpoint": f"{root}/oauth2{endpoints}/logout",
        "jwks_uri": f"{root}/discovery{endpoints}/keys",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": list(GRANTS),
        "scopes_supported": list(OIDC),
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
    }


def instance(base: str, authorization_endpoint: str) -> dict[str, Any]:
    """Return the instance discovery document, with which MSAL checks whether to trust a host.

    Args:
        base: The address of the request.
        authorization_endpoint: The endpoint that MSAL wants to use.

    Raises:
        EntraError: The endpoint is on another host, or its tenant does not exist.
    """
    try:
        wanted, own = urlsplit(authorization_endpoint), urlsplit(base)
        known = wanted.hostname == own.hostname  # MSAL for Python leaves out the port
    except ValueError:
        known = False
    if not known:
        raise EntraError(50049, "invalid_instance", "Unknown or invalid instance.")
    segment = wanted.path.strip("/").partition("/")[0]
    if find_authority(segment) is None:
        raise unknown_tenant(segment)
    host = own.netloc
    return {
        "tenant_discovery_endpoint": f"{base}/{segment}/v2.0{METADATA}",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }
