"""Where everything is: OpenID Connect Discovery, and whether an authority is known at all."""

from typing import Any
from urllib.parse import urlsplit

from acs_emulator.entra.errors import EntraError, unknown_tenant
from acs_emulator.entra.scopes import OIDC
from acs_emulator.entra.token import GRANTS
from acs_emulator.entra.tokens import issuer
from acs_emulator.entra.users import Realm, find_realm

METADATA = "/.well-known/openid-configuration"


def metadata(realm: Realm, base: str, endpoints: str) -> dict[str, Any]:
    """The discovery document of a realm.

    Args:
        endpoints: "/v2.0", or nothing for v1's and AD FS's.
    """
    version = 2 if endpoints or realm.segment == "adfs" else 1
    # Where the user decides, Entra's documents have this placeholder too.
    tenant = realm.tenants[0].id if len(realm.tenants) == 1 else "{tenantid}"
    root = f"{base}/{realm.segment}"
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
    """The answer to MSAL's question whether it may trust an authority: ours it may.

    Raises:
        EntraError: It is somewhere else, or its tenant is none of ours.
    """
    try:
        asked, ours = urlsplit(authorization_endpoint), urlsplit(base)
        known = asked.hostname == ours.hostname  # MSAL for Python leaves out the port
    except ValueError:
        known = False
    if not known:
        raise EntraError(50049, "invalid_instance", "Unknown or invalid instance.")
    segment = asked.path.strip("/").partition("/")[0]
    if find_realm(segment) is None:
        raise unknown_tenant(segment)
    host = ours.netloc
    return {
        "tenant_discovery_endpoint": f"{base}/{segment}/v2.0{METADATA}",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }
