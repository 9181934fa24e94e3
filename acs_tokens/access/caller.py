"""A signed-in user, and which scopes the user's roles allow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from acs_tokens.models.requests import TokenRequest
from acs_tokens.models.values import Scope
from acs_tokens.oidc.person import Person
from acs_tokens.problems import NotAllowedError
from acs_tokens.settings.role_scopes import RoleScopes


@dataclass(frozen=True)
class Caller:
    """A signed-in user.

    Attributes:
        person: Who it is.
        token: The verified access token; None with App Service authentication.
        roles: The user's roles, as the credential names them.
        role_scopes: What each role may ask for; None where roles do not count.
    """

    person: Person
    token: str | None = field(default=None, repr=False)
    roles: frozenset[str] = frozenset()
    role_scopes: RoleScopes | None = None

    def scopes(self, request: TokenRequest) -> Sequence[Scope]:
        """Return the scopes for the caller's next token.

        Args:
            request: If it names no scopes, the token gets the default ones, or all that the
                caller's roles allow if these exclude a default.

        Raises:
            NotAllowedError: The caller's roles do not allow the scopes.
        """
        if self.role_scopes is None:
            return request.scopes
        allowed = {scope for role in self.roles for scope in self.role_scopes.get(role, ())}
        if allowed.issuperset(request.scopes):
            return request.scopes
        if allowed and not request.names_scopes:
            return sorted(allowed)
        if not allowed:
            raise NotAllowedError(f"You need one of these roles: {_listed(self.role_scopes)}.")
        raise NotAllowedError(f"Your roles allow these scopes: {_listed(allowed)}.")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
