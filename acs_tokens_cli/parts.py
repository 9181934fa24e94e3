"""The parts of the service that commands use in this process."""

from datetime import timedelta
from functools import cached_property

from acs_tokens.access.bans import Bans
from acs_tokens.access.invitation_uses import InvitationUses
from acs_tokens.access.invitations import Invitations
from acs_tokens.access.moderation import Moderation
from acs_tokens.access.people import People
from acs_tokens.acs.service import TokenService
from acs_tokens.dependencies.shared import open_identity_store
from acs_tokens.identities.registry import IdentityRegistry
from acs_tokens.identities.store import IdentityStore
from acs_tokens.models.responses import MeetingLink
from acs_tokens.problems import GuestsOffError, IdentityStoreOffError, MeetingOffError
from acs_tokens.settings import Settings

STORE_ADVICE = (
    "Set IDENTITY_TABLE_ENDPOINT (or IDENTITY_SQLITE) as the service has it, or use the service"
    " itself: --url."
)
GUESTS_ADVICE = "Set GUESTS and GUEST_HANDLE_KEYS as the service has them."
MEETING_ADVICE = "Set TEAMS_MEETING_URL or TEAMS_MEETING_ORGANIZER."


class Parts:
    """Builds each part when it is needed.

    Create it on the event loop that will use it.

    Args:
        settings: Those of the service.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.service = TokenService(settings.acs)

    @cached_property
    def store(self) -> IdentityStore | None:
        """The identity store; None if none is used."""
        place = self._settings.identity_store
        if place is None or not self._settings.uses_identity_store:
            return None
        return open_identity_store(place, self.service.endpoint)

    @property
    def bans(self) -> Bans | None:
        """Who gets no token; None where nobody can be banned."""
        return Bans(self.store.bans, self._settings.deadline) if self.store else None

    def moderation(self) -> Moderation:
        """Return what bans.

        Raises:
            IdentityStoreOffError: No identity store is used.
        """
        store = self._needed_store()
        return Moderation(self.service, store, Bans(store.bans, self._settings.deadline))

    def people(self) -> People:
        """Return what knows the people of identities.

        Raises:
            IdentityStoreOffError: No identity store is used.
        """
        return People(self.service, self._needed_store())

    def invitations(self) -> Invitations:
        """Return what makes invitations. Without a store it can make those for any number only.

        Raises:
            GuestsOffError: Guests are switched off.
        """
        self._check_guests()
        guests, endpoint, store = self._settings.guests, self.service.endpoint, self.store
        if store is None:
            return Invitations(guests, endpoint, None, None)
        registry = IdentityRegistry(self.service, store)
        uses = InvitationUses(store.invitations, registry, self._settings.deadline)
        return Invitations(guests, endpoint, store.invitations, uses)

    async def meeting(self) -> MeetingLink:
        """Return the guests' meeting; make it if there is none yet.

        Raises:
            GuestsOffError: Guests are switched off.
            MeetingOffError: No meeting is set up.
            Problem: As `SharedMeeting.current`.
        """
        self._check_guests()
        settings = self._settings.meeting
        if settings.url:
            return MeetingLink.model_construct(join_url=settings.url)
        if settings.organizer is None:
            raise MeetingOffError(MEETING_ADVICE)
        from acs_tokens.meetings.graph import Graph
        from acs_tokens.meetings.shared_meeting import SharedMeeting

        graph, length = Graph(settings), timedelta(minutes=settings.minutes)
        try:
            found = await SharedMeeting(graph, self._needed_store().meetings, length).current()
        finally:
            await graph.aclose()
        return MeetingLink.model_construct(
            join_url=found.join_url, starts_on=found.starts_on, ends_on=found.ends_on
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self.service.aclose()
        if "store" in self.__dict__ and self.store:
            await self.store.aclose()

    def _needed_store(self) -> IdentityStore:
        if self.store is None:
            raise IdentityStoreOffError(STORE_ADVICE)
        return self.store

    def _check_guests(self) -> None:
        if not self._settings.guests.admitted:
            raise GuestsOffError(GUESTS_ADVICE)
