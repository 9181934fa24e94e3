"""What serves guests, and those who invite them."""

import functools
from datetime import timedelta
from typing import TYPE_CHECKING

from acs_tokens.dependencies.shared import (
    bans,
    identity_store,
    needed_store,
    rate_limits,
    registry,
    service,
)
from acs_tokens.problems import GuestsOffError
from acs_tokens.settings import settings

if TYPE_CHECKING:
    from acs_tokens.access.guests import Guests
    from acs_tokens.access.invitations import Invitations
    from acs_tokens.access.meeting_guests import MeetingGuests


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
