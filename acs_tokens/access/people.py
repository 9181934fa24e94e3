"""People as a backend knows them: by tenant and object id, to the identity and back."""

from dataclasses import asdict

from acs_tokens.acs.service import TokenService
from acs_tokens.context import current_request
from acs_tokens.identities.store import IdentityStore, owner_of
from acs_tokens.models.responses import Identity, PersonIds
from acs_tokens.oidc.person import Person
from acs_tokens.problems import PersonNotFoundError


class People:
    """Finds the identities of people who have signed in, and the people of identities.

    All methods raise `IdentityStoreUnavailableError`.
    """

    def __init__(self, service: TokenService, store: IdentityStore) -> None:
        self._service = service
        self._store = store

    async def identity_of(self, person: Person) -> Identity:
        """Return a person's identity.

        Raises:
            PersonNotFoundError: The person has none.
        """
        entry = await self._store.get(person)
        if entry is None:
            raise PersonNotFoundError("This person has no identity here.")
        return Identity.model_construct(user_id=entry.user_id)

    async def person_of(self, user_id: str) -> PersonIds:
        """Return the person who has an identity, or had it before it was deleted.

        Raises:
            PersonNotFoundError: Nobody who has signed in has this identity.
        """
        person = await owner_of(self._store, user_id)
        if person is None:
            raise PersonNotFoundError("Nobody who has signed in has this identity.")
        return PersonIds.model_validate(asdict(person), by_name=True)

    async def revoke_tokens(self, person: Person) -> None:
        """Revoke all tokens of a person's identity.

        Raises:
            PersonNotFoundError: The person has none.
            Problem: As `TokenService.revoke_tokens`.
        """
        identity = await self.identity_of(person)
        current_request.get().audit.concerns(identity.user_id)
        await self._service.revoke_tokens(identity.user_id)
