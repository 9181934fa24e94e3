"""The meeting's link for guests."""

from acs_tokens.access.guests import Guests
from acs_tokens.meetings.shared_meeting import SharedMeeting
from acs_tokens.models.responses import MeetingLink
from acs_tokens.problems import MeetingOffError


class MeetingGuests:
    """Gives guests the link of the meeting that they came for.

    Args:
        guests: Knows who may ask.
        url: A fixed link; None for none.
        shared: The meeting that is made on demand; None for none.
    """

    def __init__(self, guests: Guests, url: str | None, shared: SharedMeeting | None) -> None:
        self._guests = guests
        self._url = url
        self._shared = shared

    async def meeting(self, handle: str | None) -> MeetingLink:
        """Return the meeting's link.

        Args:
            handle: The guest handle; None where everybody may become a guest.

        Raises:
            MeetingOffError: No meeting is set up.
            UnauthorizedError: The handle is not valid, or is missing where one is needed.
            TooManyRequestsError: As for new guests, or for known ones with a handle.
            BannedError: The guest is banned.
            MeetingUnavailableError, EntraUnavailableError, IdentityStoreUnavailableError: The
                meeting cannot be had now.
        """
        if self._url is None and self._shared is None:
            raise MeetingOffError("This service knows of no meeting.")
        await self._guests.admit_to_meeting(handle)
        if self._shared is None:
            return MeetingLink.model_construct(join_url=self._url)
        meeting = await self._shared.current()
        return MeetingLink.model_construct(
            join_url=meeting.join_url, starts_on=meeting.starts_on, ends_on=meeting.ends_on
        )
