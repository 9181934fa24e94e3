"""Discovery: an OpenID Connect provider says where its signing keys are.

https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from typing import Any
from urllib.parse import urlsplit

import aiohttp

from acs_tokens.oidc.key_set import FetchError, fetch_json


async def fetch_key_set(
    session: aiohttp.ClientSession, issuer: str, discovery: str
) -> dict[str, Any]:
    """Fetch a provider's key set, from where its discovery document says that it is.

    Args:
        session: For the two requests.
        issuer: The provider's issuer, as the settings have it.
        discovery: The https address of the discovery document.

    Raises:
        FetchError: The provider cannot be reached, or its document is of another issuer.
    """
    document = await fetch_json(session, discovery)
    return await fetch_json(session, key_set_address(document, issuer))


def key_set_address(document: dict[str, Any], issuer: str) -> str:
    """Return the address of the key set that a discovery document names.

    Args:
        document: The discovery document.
        issuer: Whose document it must be, compared character by character.

    Raises:
        FetchError: The document is of another issuer, or the address is not https.
    """
    if document.get("issuer") != issuer:
        raise FetchError("the discovery document of another issuer")
    address = document.get("jwks_uri")
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
        is_https = parts.scheme == "https" and bool(parts.hostname) and not parts.username
    except ValueError:
        is_https = False
    if not is_https:
        raise FetchError("a key set without https address")
    return str(address)
