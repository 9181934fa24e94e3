"""What callers of several kinds need."""

import functools
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.acs.service import TokenService
from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings import settings
from acs_tokens.settings.identity_store import IdentityStoreSettings

if TYPE_CHECKING:
    from acs_tokens.access.bans import Bans
    from acs_tokens.identities.registry import IdentityRegistry
    from acs_tokens.identities.store import IdentityStore


@functools.cache
def service() -> TokenService:
    """Return the operations of ACS Identity."""
    return TokenService(settings().acs)


@functools.cache
def rate_limits() -> RateLimits:
    """Return the rate limits for callers."""
    return RateLimits(settings().rate_limits)


@functools.cache
def identity_store() -> "IdentityStore":
    """Return the identity store that the settings name.

    Raises:
        MisconfiguredError: As `open_identity_store`.
    """
    place = settings().identity_store
    assert place, "settings() refuses a deployment that needs a store and has none"  # noqa: S101
    return open_identity_store(place, settings().acs.endpoint)


def open_identity_store(place: IdentityStoreSettings, acs_endpoint: str) -> "IdentityStore":
    """Open an identity store, on the event loop that will use it.

    Args:
        place: Where it is.
        acs_endpoint: The ACS resource that its identities belong to.

    Raises:
        MisconfiguredError: Azure's SDK does not accept the connection string, or as
            `default_credential`.
    """
    resource = urlsplit(acs_endpoint).netloc
    if place.sqlite:
        from acs_tokens.identities.sqlite.store import SqliteStore

        return SqliteStore(place.sqlite, resource)
    from acs_tokens.identities.tables.account import TableAccount
    from acs_tokens.identities.tables.store import TableNames, TableStore

    try:
        account = (
            TableAccount.from_connection_string(place.connection_string)
            if place.connection_string
            else TableAccount.from_endpoint(place.endpoint or "")
        )
    except ValueError:
        raise MisconfiguredError(
            "IDENTITY_TABLE_CONNECTION_STRING",
            "or AzureWebJobsStorage makes no sense to Azure's SDK. Copy the connection string"
            " anew.",
        ) from None
    return TableStore(account, resource, TableNames.with_prefix(place.prefix))


def needed_store() -> "IdentityStore | None":
    """Return the identity store if this deployment uses one, else None."""
    return identity_store() if settings().uses_identity_store else None


@functools.cache
def registry() -> "IdentityRegistry":
    """Return the registry of identities."""
    from acs_tokens.identities.registry import IdentityRegistry

    return IdentityRegistry(service(), identity_store())


@functools.cache
def bans() -> "Bans | None":
    """Return who gets no token; None where no identity store is used, and nobody can be banned."""
    if not settings().uses_identity_store:
        return None
    from acs_tokens.access.bans import Bans

    return Bans(identity_store().bans, settings().deadline)
