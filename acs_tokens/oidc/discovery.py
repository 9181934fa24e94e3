"""Discovery: an OpenID Connect provider says where its signing keys are.

https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from typing import Any

import aiohttp

from acs_tokens.oidc.key_set import FetchError, fetch_json
from acs_tokens.settings.oidc import is_https_address


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
    if not isinstance(address, str) or not is_https_address(address):
        raise FetchError("a key set without https address")
    return address
