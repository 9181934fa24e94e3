"""The uses of invitations: counted exactly, given back when no guest was made, and withdrawn."""

import asyncio
import dataclasses
import functools
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

from acs_tokens.access.look_ups import LookUps
from acs_tokens.acs.request_slots import MIN_ATTEMPT_SECONDS
from acs_tokens.context import current_request
from acs_tokens.identities.invitations import Invitation, InvitationStore
from acs_tokens.identities.registry import IdentityRegistry
from acs_tokens.identities.steps import Steps
from acs_tokens.models.responses import UserToken
from acs_tokens.problems import (
    InvitationError,
    InvitationNotFoundError,
    Problem,
    UnauthorizedError,
)

# The longest random pause after a write that lost against another one: it doubles with each further
# conflict, up to the maximum.
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.01, 0.3

log = logging.getLogger(__name__)


class InvitationUses:
    """Counts who comes in by an invitation.

    Methods raise `IdentityStoreUnavailableError`: where it is not known whether an invitation may
    be used, nobody comes in.

    Args:
        store: Keeps the invitations.
        registry: Discards identities that must not be kept.
        deadline: How long a request may take.
    """

    def __init__(
        self, store: InvitationStore, registry: IdentityRegistry, deadline: timedelta
    ) -> None:
        self._store = store
        self._registry = registry
        self._invitations = LookUps(store.get, deadline)
        self._steps = Steps()
        # Where requests have little time in all, half of it is enough.
        self._create_seconds = min(MIN_ATTEMPT_SECONDS, deadline.total_seconds() / 2)

    async def admit(self, id_: str, create: Callable[[], Awaitable[UserToken]]) -> UserToken:
        """Count a use, then create a guest; give the use back if none was created.

        Args:
            id_: The invitation's id.
            create: Creates the guest's identity with a token.

        Raises:
            InvitationError: The invitation is used up, withdrawn, over or not in the store.
            TimeoutError: The request has too little time left for a guest to be created.
            Problem: What ``create`` raises.
        """
        return await self._steps.to_the_end(self._admit(id_, create))

    async def check_guest(self, id_: str) -> None:
        """Let a guest through who came with an invitation.

        Raises:
            UnauthorizedError: It was withdrawn together with its guests, or is not in the store.
        """
        known = await self._invitations.get(id_)
        if known is None or known.removes_guests:
            raise UnauthorizedError(log="The guest's invitation was withdrawn with its guests.")

    async def withdraw(self, id_: str, *, removes_guests: bool) -> None:
        """Let nobody use an invitation any more.

        Args:
            id_: The invitation's id.
            removes_guests: Whether to refuse those who have come with it, too.

        Raises:
            InvitationNotFoundError: There is no invitation with this id.
        """
        audit = current_request.get().audit
        audit.concerns(id_)
        audit.writes_to_store()
        if not await self._change(
            id_, functools.partial(_withdrawn, removes_guests=removes_guests)
        ):
            raise InvitationNotFoundError

    async def _admit(self, id_: str, create: Callable[[], Awaitable[UserToken]]) -> UserToken:
        is_counted = await self._take(id_)
        request = current_request.get()
        try:
            self._check_time()  # counting may have taken long
            # The end of the request does not reach this step, which must end in time as well.
            async with asyncio.timeout_at(request.deadline):
                token = await create()
            await self._note(id_, token.user_id)
            if request.seconds_left() <= 0:
                await self._registry.discard(token.user_id)
                raise TimeoutError
        except BaseException:
            if is_counted:
                await self._give_back(id_)
            raise
        return token

    def _check_time(self) -> None:
        # ACS also carries out a request that nobody waits for any more. That would leave an
        # identity that nobody knows of.
        if current_request.get().seconds_left() < self._create_seconds:
            raise TimeoutError

    async def _take(self, id_: str) -> bool:
        """Let a guest in; return whether a use was counted."""
        known = await self._invitations.get(id_)
        if known and known.guests is None:
            _check(known)
            return False
        if await self._change(id_, self._used) is None:
            raise InvitationError(log="The invitation is not in the identity store.")
        return True

    def _used(self, known: Invitation) -> Invitation:
        self._check_time()
        _check(known)
        return dataclasses.replace(known, used=known.used + 1)

    async def _note(self, id_: str, user_id: str) -> None:
        try:
            await self._store.add_guest(id_, user_id)
            # Read after the note: an earlier withdrawal is seen here; after a later one, the sweep
            # finds the note.
            known = await self._store.get(id_)
            if known is None or known.removes_guests:
                raise InvitationError(log="The invitation was withdrawn with its guests.")
        except Problem:
            await self._registry.discard(user_id)
            raise

    async def _give_back(self, id_: str) -> None:
        try:
            await self._change(id_, _given_back)
        except Problem as error:
            log.warning("The use of an invitation could not be given back: %s", error)

    async def _change(
        self, id_: str, change: Callable[[Invitation], Invitation]
    ) -> Invitation | None:
        """Change an invitation, whatever others change at the same time; None if there is none."""
        known, is_fresh, pause = await self._invitations.get(id_), False, FIRST_PAUSE_SECONDS
        while known:
            try:
                changed = change(known)
            except InvitationError:
                if is_fresh:  # else a use may have been given back meanwhile
                    raise
            else:
                # Conditional: it fails if anything has changed since, and then we look again.
                if written := await self._store.replace(known, changed):
                    self._invitations.put(id_, written)
                    return written
                await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 no secret
                pause = min(2 * pause, MAX_PAUSE_SECONDS)
            known, is_fresh = await self._store.get(id_), True
        return None


def _check(known: Invitation) -> None:
    if known.is_withdrawn or known.is_over:
        raise InvitationError(log="The invitation was withdrawn or is over.")
    if known.guests is not None and known.used >= known.guests:
        raise InvitationError(log="The invitation is used up.")


def _given_back(known: Invitation) -> Invitation:
    return dataclasses.replace(known, used=max(known.used - 1, 0))


def _withdrawn(known: Invitation, *, removes_guests: bool) -> Invitation:
    return dataclasses.replace(
        known, is_withdrawn=True, removes_guests=known.removes_guests or removes_guests
    )
