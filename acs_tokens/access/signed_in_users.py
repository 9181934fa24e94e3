"""Signed-in users: one identity for each person, however many tabs and instances there are."""

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import TypeVar

from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.acs.service import TokenService
from acs_tokens.context import current_request
from acs_tokens.entra.person import Person
from acs_tokens.errors import IdentityNotFoundError, Problem
from acs_tokens.identities.store import Entry, IdentityStore
from acs_tokens.models import Scope, UserToken

Result = TypeVar("Result")


class SignedInUsers:
    """What a signed-in user may do: act for its own identity, which its sign-in alone decides.

    All methods raise `TooManyRequestsError`, `StorageUnavailableError`, and what `TokenService`
    raises when ACS does not do its part.
    """

    def __init__(
        self, service: TokenService, identities: IdentityStore, limits: RateLimits
    ) -> None:
        self._service = service
        self._map = identities
        self._limits = limits
        self._unfinished: set[asyncio.Task[object]] = set()

    async def issue_token(
        self, person: Person, scopes: Sequence[Scope], lifetime: timedelta
    ) -> UserToken:
        """Issue a token for the person's identity; the first call makes it.

        An identity that ACS no longer has is replaced, once.
        """
        self._count(person)
        entry = await self._entry(person)
        if entry is None:
            user_id = await self._finish(self._create(person))
            return await self._service.issue_token(user_id, scopes, lifetime)
        try:
            return await self._service.issue_token(entry.user_id, scopes, lifetime)
        except IdentityNotFoundError:
            current_request.get().renews = False
            user_id = await self._finish(self._heal(person, entry))
            return await self._service.issue_token(user_id, scopes, lifetime)

    async def revoke_tokens(self, person: Person) -> None:
        """Revoke all tokens of the person's identity, if there is one."""
        self._count(person)
        if entry := await self._entry(person):
            with contextlib.suppress(IdentityNotFoundError):
                await self._service.revoke_tokens(entry.user_id)

    async def delete(self, person: Person) -> None:
        """Delete the person's identity, if there is one: in ACS first, that none is left over."""
        self._count(person)
        if entry := await self._entry(person):
            with contextlib.suppress(IdentityNotFoundError):
                await self._service.delete_user(entry.user_id)
            await self._map.delete(person, entry.etag)

    def _count(self, person: Person) -> None:
        self._limits.calls.take(person.key)

    async def _entry(self, person: Person) -> Entry | None:
        """Look the person's identity up, and note for the audit whose it is."""
        if entry := await self._map.get(person):
            invocation = current_request.get()
            invocation.target, invocation.renews = entry.user_id, True
        return entry

    async def _create(self, person: Person) -> str:
        """Make the person's identity, unless somebody else is first; return the one that counts."""
        # Without a token: if somebody else is first, the identity that goes has none.
        created = await self._service.create_user()
        try:
            won = await self._map.insert(person, created.user_id)
        except Problem:
            await self._discard(created.user_id)
            raise
        return await self._settle(person, created.user_id, won=won)

    async def _heal(self, person: Person, dead: Entry) -> str:
        """Put a new identity in the place of one that ACS no longer has."""
        created = await self._service.create_user()
        try:
            won = await self._map.replace(
                person, created.user_id, dead.etag
            ) or await self._map.insert(person, created.user_id)  # it was deleted meanwhile
        except Problem:
            await self._discard(created.user_id)
            raise
        user_id = await self._settle(person, created.user_id, won=won)
        await self._map.add_orphan(dead.user_id)  # should ACS have been mistaken
        return user_id

    async def _settle(self, person: Person, created: str, *, won: bool) -> str:
        """Return the identity that counts; if it is another than ours, ours goes."""
        if won:
            return created
        await self._discard(created)
        entry = await self._map.get(person)
        if entry is None:  # deleted in this moment: the person asked for both at once
            raise IdentityNotFoundError("The identity was deleted while the token was asked for.")
        return entry.user_id

    async def _discard(self, user_id: str) -> None:
        """Delete an identity that nobody will know; remember it if that fails."""
        tried = current_request.get().deletions  # each is audited
        try:
            await self._service.delete_user(user_id)
        except IdentityNotFoundError:
            tried.append((user_id, True))
        except Problem:
            tried.append((user_id, False))
            await self._map.add_orphan(user_id)
        else:
            tried.append((user_id, True))

    async def _finish(self, steps: Awaitable[Result]) -> Result:
        """Take steps to their end even when the request's time is over: half-way loses one."""
        task = asyncio.ensure_future(steps)
        self._unfinished.add(task)  # or the collector may take it
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def _finished(self, task: asyncio.Task[Result]) -> None:
        self._unfinished.discard(task)
        if not task.cancelled():
            task.exception()  # or the loop would log it, with what the SDK's errors hold
