"""Invitations: what new guests bring where not everybody may come in.

An invitation is a statement of this service, so that a forged one costs no look-up. Where there is
an identity store, only an invitation that the store has is accepted: it counts the uses, and knows
which invitations are withdrawn.
"""

import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from acs_tokens.access.invitation_uses import InvitationUses
from acs_tokens.access.statements import Kind, NotOursError, Statements, are_scopes
from acs_tokens.context import current_request
from acs_tokens.identities.invitations import Invitation, InvitationStore
from acs_tokens.models.requests import InvitationRequest
from acs_tokens.models.responses import InvitationDetails, NewInvitation
from acs_tokens.models.values import Scope
from acs_tokens.problems import (
    IdentityStoreOffError,
    InvitationError,
    InvitationNotFoundError,
    NotAllowedError,
)
from acs_tokens.settings.guests import GuestSettings

KIND = Kind("acs-invitation+jwt", b"acs-tokens: invitations for ", ("jti", "scp", "max_min"))


@dataclass(frozen=True)
class Invited:
    """What an invitation allows a new guest: no more than the settings do.

    Attributes:
        id: The invitation's id.
        scopes: The scopes that the guest's tokens may have.
        max_minutes: How long they may live.
    """

    id: str
    scopes: tuple[Scope, ...]
    max_minutes: int


class Invitations:
    """Makes, describes and withdraws invitations for a backend, and reads what guests bring.

    Where a method needs the store, it raises `IdentityStoreUnavailableError` when the store fails.

    Args:
        settings: What guests may do at most.
        resource: The endpoint of the ACS resource that the guests' identities belong to.
        store: Counts uses; None where invitations can be neither counted nor withdrawn.
        uses: Counts who comes in; None without a store.
    """

    def __init__(
        self,
        settings: GuestSettings,
        resource: str,
        store: InvitationStore | None,
        uses: InvitationUses | None,
    ) -> None:
        self._settings = settings
        self._statements = Statements(KIND, settings.keys, resource)
        self._store = store
        self.uses = uses

    async def create(self, request: InvitationRequest) -> NewInvitation:
        """Make an invitation.

        Raises:
            NotAllowedError: It would allow more than guests may have.
            IdentityStoreOffError: Its uses are to be counted, and there is no store.
        """
        scopes, minutes = self._allowed(request)
        if request.guests is not None and self._store is None:
            raise IdentityStoreOffError(
                "To count uses, set an identity store; or set guests: null."
            )
        id_, lifetime = new_id(), timedelta(minutes=request.expires_in_minutes)
        expires_on = (datetime.now(UTC) + lifetime).replace(microsecond=0)  # as a JWT has it
        current_request.get().audit.concerns(id_)
        claims = {"jti": id_, "scp": list(scopes), "max_min": minutes}
        text = self._statements.sign(claims, expires_on)
        if self._store:
            current_request.get().audit.writes_to_store()
            await self._store.add(Invitation(id_, expires_on, request.guests, label=request.label))
        page = self._settings.page
        return NewInvitation.model_construct(
            invitation=text,
            id=id_,
            expires_on=expires_on,
            url=f"{page}#invitation={text}" if page else None,
        )

    async def describe(self, id_: str) -> InvitationDetails:
        """Return an invitation, with the uses that are left.

        Raises:
            InvitationNotFoundError: There is none with this id.
            IdentityStoreOffError: There is no store.
        """
        if self._store is None:
            raise _not_kept()
        known = await self._store.get(id_)
        if known is None:
            raise InvitationNotFoundError
        guests = known.guests
        return InvitationDetails.model_construct(
            id=id_,
            expires_on=known.expires_on,
            guests=guests,
            uses_left=None if guests is None else max(guests - known.used, 0),
            withdrawn=known.is_withdrawn,
            label=known.label,
        )

    async def withdraw(self, id_: str, *, removes_guests: bool) -> None:
        """Let nobody use an invitation any more.

        Args:
            id_: The invitation's id.
            removes_guests: Whether to refuse those who have come with it, too.

        Raises:
            InvitationNotFoundError: There is none with this id.
            IdentityStoreOffError: There is no store.
        """
        if self.uses is None:
            raise _not_kept()
        await self.uses.withdraw(id_, removes_guests=removes_guests)

    def read(self, text: str | None) -> Invited:
        """Verify what a guest brings, as far as that needs no store.

        Raises:
            InvitationError: It is missing, not ours, or has expired.
        """
        try:
            claims = self._statements.read(text or "")
        except NotOursError as error:
            raise InvitationError(log=f"Invitation: {error}") from None
        if not are_scopes(claims["scp"]) or not isinstance(claims["max_min"], int):
            raise InvitationError(log="The invitation allows something unknown.")
        scopes = tuple(scope for scope in claims["scp"] if scope in self._settings.scopes)
        return Invited(claims["jti"], scopes, min(claims["max_min"], self._settings.max_minutes))

    def _allowed(self, request: InvitationRequest) -> tuple[tuple[Scope, ...], int]:
        allowed, limit = self._settings.scopes, self._settings.max_minutes
        scopes = allowed if request.scopes is None else tuple(request.scopes)
        minutes = limit if request.max_minutes is None else request.max_minutes
        if not set(scopes) <= set(allowed):
            raise NotAllowedError(f"Guests may have these scopes: {', '.join(allowed)}.")
        if minutes > limit:
            raise NotAllowedError(f"A guest's token may live {limit} minutes at most.")
        return scopes, minutes


def new_id() -> str:
    """Return an invitation's id, which begins with a letter: programs take ``-…`` for an option."""
    return secrets.choice(string.ascii_letters) + secrets.token_urlsafe(12)[1:]


def _not_kept() -> IdentityStoreOffError:
    return IdentityStoreOffError("Invitations are kept only where an identity store is set.")
