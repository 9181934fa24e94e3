"""Checks of OpenID Connect providers besides Entra."""

from acs_tokens.http_client import new_session
from acs_tokens.oidc.discovery import fetch_key_set
from acs_tokens.oidc.key_set import FetchError
from acs_tokens.settings.oidc import ProviderSettings
from acs_tokens_cli.doctor.check import Check, FindingError, Group
from acs_tokens_cli.doctor.network import CONNECTION_CURE, way_to


def provider_checks(settings: ProviderSettings) -> Group:
    """Return the checks of a provider."""
    check = Check(f"provider {settings.issuer}", lambda: read_keys(settings), CONNECTION_CURE)
    return Group([*way_to(settings.discovery)], [check])


async def read_keys(settings: ProviderSettings) -> str:
    """Read a provider's discovery document and signing keys, as verifying a token does.

    Raises:
        FindingError: They cannot be read, or are of another issuer.
    """
    try:
        async with new_session() as session:
            await fetch_key_set(session, settings.issuer, settings.discovery)
    except FetchError as error:
        raise FindingError(
            f"No signing keys: {error}.",
            "Compare OIDC_ISSUER, character by character, with issuer in the discovery document,"
            " and check OIDC_DISCOVERY.",
        ) from None
    return "discovery document and signing keys are there"
