"""Guests: visitors of a page who are not signed in."""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from acs_tokens.access.guest_admission import GuestAdmission
from acs_tokens.access.guest_handles import GuestHandle, GuestHandles
from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.acs.service import TokenService
from acs_tokens.context import current_request
from acs_tokens.identities.registry import IdentityRegistry
from acs_tokens.models.requests import GuestTokenRequest, NewGuestRequest
from acs_tokens.models.responses import GuestToken, PageToken, UserToken
from acs_tokens.models.values import Scope
from acs_tokens.problems import IdentityNotFoundError, NotAllowedError, UnauthorizedError
from acs_tokens.settings.guests import GuestSettings

# ACS allows half as many revocations and deletions as tokens, so each counts as two.
CHANGE_COST = 2
MAX_GONE = 10_000  # guests who are remembered as gone; some 200 bytes each


class Guests:
    """Serves guests: a guest's handle allows requests for its own identity, and for no other.

    A handle that is not ours, has expired, or whose identity is gone raises `UnauthorizedError`; so
    does a missing one, except in `issue_token`. All methods raise `TooManyRequestsError`, and what
    `TokenService` and `GuestAdmission` raise. Those that write to the registry also raise
    `IdentityStoreUnavailableError`.

    Args:
        service: Issues tokens.
        settings: What guests may do.
        limits: How many requests they may send.
        registry: Notes when guests were last seen; None where guests are kept for ever.
        admission: Which guests are let in.
    """

    def __init__(
        self,
        service: TokenService,
        settings: GuestSettings,
        limits: RateLimits,
        registry: IdentityRegistry | None,
        admission: GuestAdmission,
    ) -> None:
        self._service = service
        self._settings = settings
        self._limits = limits
        self._handles = GuestHandles(settings.keys, service.endpoint)
        self._registry = registry
        self._admission = admission
        self._gone: OrderedDict[str, None] = OrderedDict()

    async def issue_token(self, handle: str | None, request: NewGuestRequest) -> GuestToken:
        """Issue a token: with a handle for its identity, without one for a new identity.

        Args:
            handle: The guest handle; None for a new guest.
            request: If it names no scopes, a known guest's token gets those that the guest
                requested at first, as far as the settings still allow them. A new guest's token
                gets the default ones, or all that it may have if these exclude a default.

        Raises:
            InvitationError: A new guest needs an invitation, or brings one that is not valid.
            NotAllowedError: The request asks for more than guests may have.
        """
        if handle is None:
            return await self._admit(request)
        current_request.get().audit.renews()
        guest = await self._authenticated(handle)
        token = await self._renew(guest, request)
        return GuestToken.model_construct(**dict(token), guest_handle=handle)

    async def refresh_token(self, handle: str | None, request: GuestTokenRequest) -> PageToken:
        """Issue the next token of the handle's identity, never of another.

        Args:
            handle: The guest handle.
            request: If it names no scopes, the token gets those that the guest requested at first,
                as far as the settings still allow them.

        Raises:
            NotAllowedError: The request asks for more than the handle and the settings allow.
        """
        return await self._renew(await self._authenticated(handle), request)

    async def admit_to_meeting(self, handle: str | None) -> None:
        """Let a guest ask for the meeting; without a handle only where everybody may come in."""
        if handle is not None or self._settings.invited_only:
            await self._authenticated(handle)
        else:
            self._limits.admit_new_guest(current_request.get().client)

    async def revoke_tokens(self, handle: str | None) -> None:
        """Revoke all tokens of the handle's identity. The handle stays valid."""
        guest = await self._authenticated(handle, cost=CHANGE_COST)
        with self._gone_is_unauthorized(guest):
            await self._service.revoke_tokens(guest.user_id)

    async def delete(self, handle: str | None) -> None:
        """Delete the handle's identity, which makes the handle worthless."""
        guest = await self._authenticated(handle, cost=CHANGE_COST)
        with self._gone_is_unauthorized(guest):
            await self._service.delete_user(guest.user_id)
        self._remember_gone(guest)
        if self._registry:
            await self._registry.remove_guest(guest.user_id)

    async def _admit(self, request: NewGuestRequest) -> GuestToken:
        """Create a guest."""
        invited = self._admission.read(request.invitation)
        allowed = invited.scopes if invited else self._settings.scopes
        minutes = invited.max_minutes if invited else None
        scopes: Sequence[Scope] = request.scopes
        if not request.names_scopes and not set(scopes) <= set(allowed):
            scopes = allowed
        self._check(scopes, allowed, request.lifetime, minutes)
        current_request.get().audit.requested(scopes)
        self._limits.admit_new_guest(current_request.get().client)

        async def create() -> UserToken:
            token = await self._service.create_user_and_token(scopes, request.lifetime)
            if self._registry:
                await self._registry.add_guest(token.user_id)
            return token

        token = await self._admission.admit(invited, create)
        handle = GuestHandle(
            token.user_id, allowed, scopes, invited.id if invited else None, minutes
        )
        return GuestToken.of(token, self._service.endpoint, guest_handle=self._handles.sign(handle))

    async def _renew(self, guest: GuestHandle, request: GuestTokenRequest) -> PageToken:
        """Issue a token for a known guest."""
        allowed = [scope for scope in guest.scopes if scope in self._settings.scopes]
        scopes: Sequence[Scope] = request.scopes
        if not request.names_scopes:
            scopes = [scope for scope in guest.first_scopes if scope in allowed]
        self._check(scopes, allowed, request.lifetime, guest.max_minutes)
        current_request.get().audit.requested(scopes)
        with self._gone_is_unauthorized(guest):
            token = await self._service.issue_token(guest.user_id, scopes, request.lifetime)
        if self._registry:
            await self._registry.touch_guest(guest.user_id)
        return PageToken.of(token, self._service.endpoint)

    async def _authenticated(self, handle: str | None, *, cost: int = 1) -> GuestHandle:
        context = current_request.get()
        try:
            guest = self._handles.verify(handle or "")
        except UnauthorizedError:
            self._limits.count_failed_sign_in(context.client)
            raise
        context.audit.authenticated(guest.user_id)
        context.audit.concerns(guest.user_id)
        self._limits.admit_guest_request(guest.user_id, context.client, cost=cost)
        if guest.user_id in self._gone:
            raise UnauthorizedError(log="The guest's identity is gone.")
        await self._admission.check(guest)
        return guest

    def _check(
        self,
        scopes: Collection[Scope],
        allowed: Collection[Scope],
        lifetime: timedelta,
        minutes: int | None,
    ) -> None:
        if not allowed:
            raise NotAllowedError(
                "Guests may no longer have any of the scopes that your invitation or guest handle"
                " allows."
            )
        if not scopes or not set(scopes) <= set(allowed):
            raise NotAllowedError(f"Guests may ask for these scopes: {', '.join(allowed)}.")
        limit = self._settings.max_minutes
        limit = limit if minutes is None else min(minutes, limit)
        if lifetime > timedelta(minutes=limit):
            raise NotAllowedError(f"A guest's token may live {limit} minutes at most.")

    @contextmanager
    def _gone_is_unauthorized(self, guest: GuestHandle) -> Iterator[None]:
        """Treat a handle whose identity was deleted as no longer valid.

        The identity is remembered, because each request about it would cost ACS two.
        """
        try:
            yield
        except IdentityNotFoundError:
            self._remember_gone(guest)
            raise UnauthorizedError(log="The guest's identity is gone.") from None

    def _remember_gone(self, guest: GuestHandle) -> None:
        self._gone[guest.user_id] = None
        if len(self._gone) > MAX_GONE:
            self._gone.popitem(last=False)
