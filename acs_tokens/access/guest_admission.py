"""Which guests are let in: new ones by their invitation, known ones unless they were thrown out."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from acs_tokens.access.bans import Bans
from acs_tokens.access.guest_handles import GuestHandle
from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.context import current_request
from acs_tokens.models.responses import UserToken
from acs_tokens.problems import InvitationError

if TYPE_CHECKING:
    from acs_tokens.access.invitations import Invitations, Invited


class GuestAdmission:
    """Lets guests in or refuses them, by what a backend said.

    Methods raise `IdentityStoreUnavailableError` when they need the store and it fails.

    Args:
        limits: Counts invitations that are not valid as wrong credentials.
        bans: Which guests are refused; None where nobody can be banned.
        invitations: Returns what reads invitations, which few deployments need.
        invited_only: Whether a new guest needs an invitation.
    """

    def __init__(
        self,
        limits: RateLimits,
        bans: Bans | None,
        invitations: "Callable[[], Invitations]",
        *,
        invited_only: bool,
    ) -> None:
        self._limits = limits
        self._bans = bans
        self._invitations = invitations
        self._invited_only = invited_only

    def read(self, invitation: str | None) -> "Invited | None":
        """Return what a new guest's invitation allows; None if none was sent, and none is needed.

        Raises:
            InvitationError: One is needed and missing, or it is not ours, or it has expired.
            TooManyRequestsError: The client sent too many wrong credentials.
        """
        if invitation is None and not self._invited_only:
            return None
        with self._counting_refused():
            return self._invitations().read(invitation)

    async def admit(
        self, invited: "Invited | None", create: Callable[[], Awaitable[UserToken]]
    ) -> UserToken:
        """Create a guest; count the use of the invitation, if there is one, for each guest made.

        Args:
            invited: What `read` returned.
            create: Creates the guest's identity with a token.

        Raises:
            InvitationError: The invitation is used up or withdrawn, or the store does not have it.
            TooManyRequestsError: The client sent too many wrong credentials.
        """
        uses = self._invitations().uses if invited else None
        if invited is None or uses is None:
            return await create()
        with self._counting_refused():
            return await uses.admit(invited.id, create)

    async def check(self, guest: GuestHandle) -> None:
        """Let a known guest through.

        Raises:
            BannedError: The guest is banned.
            UnauthorizedError: The guest's invitation was withdrawn with its guests.
        """
        if guest.invitation is None:
            await self._check_ban(guest)
        else:  # at the same time: one round trip
            await asyncio.gather(self._check_ban(guest), self._check_invitation(guest.invitation))

    async def _check_ban(self, guest: GuestHandle) -> None:
        if self._bans:
            await self._bans.check(guest.user_id)

    async def _check_invitation(self, id_: str) -> None:
        if uses := self._invitations().uses:
            await uses.check_guest(id_)

    @contextmanager
    def _counting_refused(self) -> Iterator[None]:
        try:
            yield
        except InvitationError:
            self._limits.count_failed_sign_in(current_request.get().client)
            raise
