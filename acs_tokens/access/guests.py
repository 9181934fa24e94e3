"""Visitors of a page who are not signed in."""

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from acs_tokens.access.guest_handles import GuestHandle, GuestHandles
from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.acs.service import TokenService
from acs_tokens.context import current_request
from acs_tokens.errors import (
    IdentityNotFoundError,
    NotAllowedError,
    Problem,
    UnauthorizedError,
)
from acs_tokens.models import GuestToken, GuestTokenRequest, Scope, UserToken
from acs_tokens.settings.guests import GuestSettings

ALL = "all"
Seen = Callable[[str], Awaitable[None]]


class Guests:
    """What a guest may do: with its handle to itself, and to nobody else.

    Methods that take a handle raise `UnauthorizedError` when it is missing, not ours, expired, or
    its identity is gone. All raise `TooManyRequestsError`, and what `TokenService` raises.

    Args:
        seen: Notes that a guest was here; None where guests are kept for ever.
    """

    def __init__(
        self, service: TokenService, rules: GuestSettings, limits: RateLimits, seen: Seen | None
    ) -> None:
        self._service = service
        self._rules = rules
        self._limits = limits
        self._handles = GuestHandles(rules.keys)
        self._seen = seen

    async def issue_token(self, handle: str | None, request: GuestTokenRequest) -> GuestToken:
        """Issue a token: with a handle for its identity, without one for a new identity.

        Raises:
            NotAllowedError: It asks for more than guests may have.
        """
        if handle is not None:
            current_request.get().renews = True
            token = await self.refresh_token(handle, request)
            return _with_handle(token, handle)
        self._allow(request, self._rules.scopes)
        self._limits.new_guests.take(current_request.get().client)
        self._limits.all_new_guests.take(ALL)
        token = await self._service.create_user_and_token(request.scopes, request.lifetime)
        try:
            await self._note(token.user_id)
        except Problem:
            with contextlib.suppress(Problem):  # a guest that nobody would sweep
                await self._service.delete_user(token.user_id)
            raise
        handle = self._handles.sign(GuestHandle(token.user_id, self._rules.scopes))
        return _with_handle(token, handle)

    async def refresh_token(self, handle: str | None, request: GuestTokenRequest) -> UserToken:
        """Issue the next token of the handle's identity; never of another.

        Raises:
            NotAllowedError: It asks for more than the handle and the rules of today allow.
        """
        guest = self._read(handle)
        self._allow(request, [scope for scope in guest.scopes if scope in self._rules.scopes])
        with _identity_gone():
            token = await self._service.issue_token(guest.user_id, request.scopes, request.lifetime)
        await self._note(guest.user_id)
        return token

    async def revoke_tokens(self, handle: str | None) -> None:
        """Revoke all tokens of the handle's identity. The handle stays good."""
        guest = self._read(handle)
        with _identity_gone():
            await self._service.revoke_tokens(guest.user_id)

    async def delete(self, handle: str | None) -> None:
        """Delete the handle's identity, and with it what the handle is worth."""
        guest = self._read(handle)
        with _identity_gone():
            await self._service.delete_user(guest.user_id)

    def _read(self, handle: str | None) -> GuestHandle:
        try:
            guest = self._handles.read(handle or "")
        except UnauthorizedError:
            self._limits.failed_proofs.take(current_request.get().client)
            raise
        invocation = current_request.get()
        invocation.caller = invocation.target = guest.user_id
        self._limits.calls.take(guest.user_id)
        return guest

    def _allow(self, request: GuestTokenRequest, scopes: Sequence[Scope]) -> None:
        if not set(request.scopes) <= set(scopes):
            raise NotAllowedError(f"Guests may ask for these scopes: {', '.join(scopes)}.")
        if request.lifetime > self._rules.max_lifetime:
            minutes = self._rules.max_lifetime // timedelta(minutes=1)
            raise NotAllowedError(f"A guest's token may live {minutes} minutes at most.")

    async def _note(self, user_id: str) -> None:
        if self._seen:
            await self._seen(user_id)


def _with_handle(token: UserToken, handle: str) -> GuestToken:
    return GuestToken.model_construct(**dict(token), guest_handle=handle)


@contextmanager
def _identity_gone() -> Iterator[None]:
    """A handle whose identity was deleted proves nothing any more."""
    try:
        yield
    except IdentityNotFoundError:
        raise UnauthorizedError(log="The guest's identity is gone.") from None
