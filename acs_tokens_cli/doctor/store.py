"""Checks of the identity store."""

from urllib.parse import urlsplit

from azure.core.exceptions import HttpResponseError

from acs_tokens.dependencies.shared import open_identity_store
from acs_tokens.problems import IdentityStoreUnavailableError
from acs_tokens.settings.identity_store import IdentityStoreSettings
from acs_tokens_cli.doctor.check import Check, FindingError, Group
from acs_tokens_cli.doctor.network import CONNECTION_CURE, way_to

# By Table Storage's error code or text: what is wrong, and the cure.
# https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes
REFUSALS = {
    # The text of AuthenticationFailed; Azurite gives it another code.
    "Server failed to authenticate": (
        "The storage account refuses the account key.",
        "Copy the connection string anew.",
    ),
    "AuthorizationFailure": (
        "The storage account's firewall refuses this machine.",
        "Allow this machine's or the app's network in the account's networking, or use a private"
        " endpoint for tables.",
    ),
    "AuthorizationPermissionMismatch": (
        "The identity has no role for tables.",
        "az role assignment create --role 'Storage Table Data Contributor' --assignee"
        " <client id of the identity> --scope <id of the storage account>; then wait 10 minutes.",
    ),
    "KeyBasedAuthenticationNotPermitted": (
        "The storage account accepts no keys.",
        "Set IDENTITY_TABLE_ENDPOINT in place of the connection string, and give the identity the"
        " role 'Storage Table Data Contributor'.",
    ),
}


def store_checks(place: IdentityStoreSettings, acs_endpoint: str) -> Group:
    """Return the checks of an identity store.

    Args:
        place: Where it is.
        acs_endpoint: The ACS resource that its identities belong to.
    """
    name = "identity store in a file" if place.sqlite else "identity store in tables"
    # A connection string may name its host in several ways: the SDK finds it.
    way = [*way_to(place.endpoint)] if place.endpoint else []
    return Group(way, [Check(name, lambda: read_store(place, acs_endpoint))])


async def read_store(place: IdentityStoreSettings, acs_endpoint: str) -> str:
    """Read something from the store; missing tables are created.

    Raises:
        FindingError: The store refuses this service, or cannot be reached.
        MisconfiguredError: As `open_identity_store`.
    """
    store = open_identity_store(place, acs_endpoint)
    try:
        await store.check()
    except IdentityStoreUnavailableError as error:
        raise _finding(error, place) from None
    finally:
        await store.aclose()
    return "readable"


def _finding(error: IdentityStoreUnavailableError, place: IdentityStoreSettings) -> FindingError:
    cause = error.__cause__
    if isinstance(cause, HttpResponseError):
        text = f"{getattr(cause, 'error_code', '')} {cause}"  # not shown: it may hold ids
        for mark, (detail, cure) in REFUSALS.items():
            if mark in text:
                return FindingError(detail, cure)
    if place.sqlite:
        return FindingError(str(error), "Check the path in IDENTITY_SQLITE, and its permissions.")
    host = urlsplit(place.endpoint or "").hostname or "the account's tables"
    return FindingError(str(error), f"Check that {host} exist. {CONNECTION_CURE}")
