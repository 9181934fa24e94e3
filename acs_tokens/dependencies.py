"""What one process of the app shares: each made when the first request needs it.

What only some deployments need is imported here, where it is needed.
"""

import functools
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.acs.service import TokenService
from acs_tokens.errors import GuestsOffError, MisconfiguredError, SignInOffError
from acs_tokens.settings import settings
from acs_tokens.settings.entra import EntraSettings

if TYPE_CHECKING:
    from acs_tokens.access.guests import Guests
    from acs_tokens.access.sign_in import SignIn
    from acs_tokens.access.signed_in_users import SignedInUsers
    from acs_tokens.access.teams_users import TeamsUsers
    from acs_tokens.health import Ready
    from acs_tokens.identities.store import IdentityStore
    from acs_tokens.identities.sweeper import Sweeper


@functools.cache
def service() -> TokenService:
    """The way to ACS."""
    return TokenService(settings().acs)


@functools.cache
def limits() -> RateLimits:
    """How often callers may ask."""
    return RateLimits(settings().limits)


@functools.cache
def identity_store() -> "IdentityStore":
    """Who is which identity."""
    storage, resource = settings().storage, urlsplit(settings().acs.endpoint).netloc
    assert storage, "settings() refuses whoever needs it and has none"  # noqa: S101
    if storage.sqlite:
        from acs_tokens.identities.sqlite_store import SqliteStore

        return SqliteStore(storage.sqlite, resource)
    from acs_tokens.identities.table_store import TableNames, TableStore
    from acs_tokens.identities.tables import TableAccount

    try:
        account = (
            TableAccount.from_connection_string(storage.connection_string)
            if storage.connection_string
            else TableAccount.from_endpoint(storage.endpoint or "")
        )
    except ValueError:
        raise MisconfiguredError(
            "IDENTITY_TABLE_CONNECTION_STRING",
            "or AzureWebJobsStorage makes no sense to Azure's SDK, or the AZURE_… variables for"
            " Entra sign-in do not. Copy the connection string anew.",
        ) from None
    names = TableNames(*(f"{storage.prefix}{kind}" for kind in ("identities", "orphans", "guests")))
    return TableStore(account, resource, names)


@functools.cache
def guests() -> "Guests":
    """What guests may do.

    Raises:
        GuestsOffError: The setting ``GUESTS`` is not on.
    """
    from acs_tokens.access.guests import Guests

    rules = settings().guests
    if not rules.admitted:
        raise GuestsOffError("Visitors must sign in: this service is not set to admit guests.")
    seen = identity_store().touch_guest if rules.retention else None
    return Guests(service(), rules, limits(), seen)


@functools.cache
def sign_in() -> "SignIn":
    """Who signed-in callers are.

    Raises:
        SignInOffError: No tenant and application are set.
    """
    from acs_tokens.access.sign_in import sign_in_with

    return sign_in_with(_entra(), limits())


@functools.cache
def signed_in_users() -> "SignedInUsers":
    """What signed-in users may do."""
    from acs_tokens.access.signed_in_users import SignedInUsers

    return SignedInUsers(service(), identity_store(), limits())


@functools.cache
def teams_users() -> "TeamsUsers":
    """What signed-in users of Teams may do."""
    from acs_tokens.access.teams_users import TeamsUsers

    return TeamsUsers(service(), _entra(), limits())


@functools.cache
def sweeper() -> "Sweeper":
    """What is left over, and its end."""
    from acs_tokens.identities.sweeper import Sweeper

    return Sweeper(service(), _noted(), settings().guests.retention)


async def readiness() -> "Ready":
    """Whether this process can do its work.

    Raises:
        NotReadyError: It cannot.
    """
    from acs_tokens.health import Check, Readiness, ready

    try:
        dependencies = Readiness(service(), _noted())
    except MisconfiguredError as error:
        return ready({"configuration": Check(ok=False, detail=str(error))})
    return await dependencies.report()


def _noted() -> "IdentityStore | None":
    """The identity map where something is ever noted in it; every function app has storage."""
    return identity_store() if settings().entra or settings().guests.retention else None


def _entra() -> EntraSettings:
    rules = settings().entra
    if rules is None:
        raise SignInOffError("This service is not set up for users who sign in.")
    return rules
