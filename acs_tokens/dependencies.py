"""Composition root: one lazily built instance of each service per worker process.

What only some deployments need is imported where it is built.
"""

import functools
import gc
import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.acs.service import TokenService
from acs_tokens.http_client import shrink_tls_buffers
from acs_tokens.problems import (
    GuestsOffError,
    IdentityStoreOffError,
    MisconfiguredError,
    SignInOffError,
)
from acs_tokens.settings import settings
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.identity_store import IdentityStoreSettings
from acs_tokens.telemetry.sdk_logs import quiet_azure_sdks

if TYPE_CHECKING:
    from acs_tokens.access.bans import Bans
    from acs_tokens.access.guests import Guests
    from acs_tokens.access.invitations import Invitations
    from acs_tokens.access.meeting_guests import MeetingGuests
    from acs_tokens.access.moderation import Moderation
    from acs_tokens.access.people import People
    from acs_tokens.access.sign_in import SignIn
    from acs_tokens.access.signed_in_users import SignedInUsers
    from acs_tokens.access.teams_users import TeamsUsers
    from acs_tokens.identities.registry import IdentityRegistry
    from acs_tokens.identities.store import IdentityStore
    from acs_tokens.identities.sweeper import Sweeper

# How many more objects there are before garbage is collected. With Python's 700 the collector runs
# during almost every request, and a request leaves it next to nothing.
NEW_OBJECTS = 10_000

log = logging.getLogger(__name__)


def prepare_process() -> None:
    """Set what is global to the process, and log wrong settings; call it once, at start."""
    quiet_azure_sdks()
    shrink_tls_buffers()
    gc.set_threshold(NEW_OBJECTS)
    try:
        settings()
    except MisconfiguredError as error:
        log.error(  # noqa: TRY400 no trace
            "Every route except health and health/ready will respond with 503: %s", error
        )


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
        MisconfiguredError: Azure's SDK does not accept the connection string, or the environment's
            variables for Entra contradict each other.
    """
    resource = urlsplit(acs_endpoint).netloc
    if place.sqlite:
        from acs_tokens.identities.sqlite_store import SqliteStore

        return SqliteStore(place.sqlite, resource)
    from acs_tokens.identities.table_account import TableAccount
    from acs_tokens.identities.table_store import TableNames, TableStore

    try:
        account = (
            TableAccount.from_connection_string(place.connection_string)
            if place.connection_string
            else TableAccount.from_endpoint(place.endpoint or "")
        )
    except ValueError:
        raise MisconfiguredError(
            "IDENTITY_TABLE_CONNECTION_STRING",
            "or AzureWebJobsStorage makes no sense to Azure's SDK, or the AZURE_… variables for"
            " Entra sign-in do not. Copy the connection string anew.",
        ) from None
    return TableStore(account, resource, TableNames.with_prefix(place.prefix))


@functools.cache
def registry() -> "IdentityRegistry":
    """Return the registry of identities."""
    from acs_tokens.identities.registry import IdentityRegistry

    return IdentityRegistry(service(), identity_store())


@functools.cache
def guests() -> "Guests":
    """Return what serves guests.

    Raises:
        GuestsOffError: The setting ``GUESTS`` is off.
    """
    from acs_tokens.access.guest_admission import GuestAdmission
    from acs_tokens.access.guests import Guests

    guest_settings = settings().guests
    if not guest_settings.admitted:
        raise GuestsOffError("This service does not admit guests.")
    noted_in = registry() if guest_settings.retention else None
    admission = GuestAdmission(
        rate_limits(), bans(), invitations, invited_only=guest_settings.invited_only
    )
    return Guests(service(), guest_settings, rate_limits(), noted_in, admission)


@functools.cache
def invitations() -> "Invitations":
    """Return what makes invitations and reads them.

    Raises:
        GuestsOffError: The setting ``GUESTS`` is off.
    """
    from acs_tokens.access.invitation_uses import InvitationUses
    from acs_tokens.access.invitations import Invitations

    if not settings().guests.admitted:
        raise GuestsOffError("This service does not admit guests.")
    store, endpoint = needed_store(), service().endpoint
    if store is None:
        return Invitations(settings().guests, endpoint, None, None)
    uses = InvitationUses(store.invitations, registry(), settings().deadline)
    return Invitations(settings().guests, endpoint, store.invitations, uses)


@functools.cache
def meeting_guests() -> "MeetingGuests":
    """Return what gives guests the link of their meeting.

    Raises:
        GuestsOffError: The setting ``GUESTS`` is off.
    """
    from acs_tokens.access.meeting_guests import MeetingGuests

    meeting = settings().meeting
    if meeting.organizer is None:
        return MeetingGuests(guests(), meeting.url, None)
    from acs_tokens.meetings.graph import Graph
    from acs_tokens.meetings.shared_meeting import SharedMeeting

    length = timedelta(minutes=meeting.minutes)
    shared = SharedMeeting(Graph(meeting), identity_store().meetings, length)
    return MeetingGuests(guests(), None, shared)


@functools.cache
def sign_in() -> "SignIn":
    """Return what authenticates signed-in users.

    Raises:
        SignInOffError: Sign-in is not set up.
    """
    from acs_tokens.access.sign_in import SignIn

    entra, providers = settings().entra, settings().providers
    if not entra and not providers:
        raise SignInOffError("This service is not set up for users who sign in.")
    return SignIn(entra, providers, rate_limits(), bans())


@functools.cache
def signed_in_users() -> "SignedInUsers":
    """Return what serves signed-in users."""
    from acs_tokens.access.signed_in_users import SignedInUsers

    return SignedInUsers(service(), registry())


@functools.cache
def teams_users() -> "TeamsUsers":
    """Return what serves signed-in users of Teams."""
    from acs_tokens.access.teams_users import TeamsUsers

    return TeamsUsers(service(), _entra())


@functools.cache
def sweeper() -> "Sweeper":
    """Return what deletes leftover identities."""
    from acs_tokens.identities.sweeper import Sweeper

    return Sweeper(service(), needed_store(), settings().guests.retention)


@functools.cache
def bans() -> "Bans | None":
    """Return who gets no token; None where no identity store is used, and nobody can be banned."""
    if not settings().uses_identity_store:
        return None
    from acs_tokens.access.bans import Bans

    return Bans(identity_store().bans, settings().deadline)


@functools.cache
def moderation() -> "Moderation":
    """Return what bans.

    Raises:
        IdentityStoreOffError: No identity store is used.
    """
    store, known = needed_store(), bans()
    if store is None or known is None:
        raise _no_store()
    from acs_tokens.access.moderation import Moderation

    return Moderation(service(), store, known)


@functools.cache
def people() -> "People":
    """Return what knows the people of identities.

    Raises:
        IdentityStoreOffError: No identity store is used.
    """
    store = needed_store()
    if store is None:
        raise _no_store()
    from acs_tokens.access.people import People

    return People(service(), store)


def needed_store() -> "IdentityStore | None":
    """Return the identity store if this deployment uses one, else None."""
    return identity_store() if settings().uses_identity_store else None


def _no_store() -> IdentityStoreOffError:
    return IdentityStoreOffError("This needs an identity store: set IDENTITY_TABLE_ENDPOINT.")


def _entra() -> EntraSettings:
    entra = settings().entra
    if entra is None:
        raise SignInOffError("This service is not set up for users who sign in with Entra.")
    return entra
