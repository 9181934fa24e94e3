"""What a signed-in user may do: act for the identity that belongs to them, and for no other."""

import contextlib
from collections.abc import Sequence
from datetime import timedelta

from acs_tokens.acs.service import TokenService
from acs_tokens.context import current_request
from acs_tokens.identities.registry import IdentityRegistry
from acs_tokens.identities.store import Entry
from acs_tokens.models.responses import PageToken
from acs_tokens.models.values import Scope
from acs_tokens.oidc.person import Person
from acs_tokens.problems import AcsUnavailableError, IdentityNotFoundError


class SignedInUsers:
    """Serves signed-in users: one identity for each person, on any number of tabs and instances.

    All methods raise `IdentityStoreUnavailableError`, and what `TokenService` raises.
    """

    def __init__(self, service: TokenService, registry: IdentityRegistry) -> None:
        self._service = service
        self._registry = registry

    async def issue_token(
        self, person: Person, scopes: Sequence[Scope], lifetime: timedelta
    ) -> PageToken:
        """Issue a token for the person's identity; the first request creates it.

        An identity that ACS no longer has, as two of its responses say, is replaced.

        Args:
            person: The caller.
            scopes: What the token allows; at least one.
            lifetime: 60 to 1440 minutes.
        """
        current_request.get().audit.requested(scopes)
        entry = await self._entry(person)
        if entry is None:
            user_id = await self._registry.create(person)
            return await self._first_token(user_id, scopes, lifetime)
        try:
            token = await self._service.issue_token(entry.user_id, scopes, lifetime)
        except IdentityNotFoundError:
            current_request.get().audit.renews(renewal=False)
            user_id = await self._registry.replace(person, entry)
            return await self._first_token(user_id, scopes, lifetime)
        return PageToken.of(token, self._service.endpoint)

    async def revoke_tokens(self, person: Person) -> None:
        """Revoke all tokens of the person's identity, if there is one."""
        if entry := await self._entry(person):
            with contextlib.suppress(IdentityNotFoundError):
                await self._service.revoke_tokens(entry.user_id)

    async def delete(self, person: Person) -> None:
        """Delete the person's identity, if there is one."""
        if entry := await self._entry(person):
            await self._registry.delete(person, entry)

    async def _first_token(
        self, user_id: str, scopes: Sequence[Scope], lifetime: timedelta
    ) -> PageToken:
        """Issue a token for an identity that was just created, which ACS may not know at once."""
        try:
            token = await self._service.issue_token(user_id, scopes, lifetime)
        except IdentityNotFoundError:
            raise AcsUnavailableError(
                log="ACS does not know an identity that it has just created.", retry_after=1
            ) from None
        return PageToken.of(token, self._service.endpoint)

    async def _entry(self, person: Person) -> Entry | None:
        if entry := await self._registry.find(person):
            audit = current_request.get().audit
            audit.concerns(entry.user_id)
            audit.renews()
        return entry
