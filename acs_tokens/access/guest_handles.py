"""Guest handles: the credential by which a page's visitor stays the same guest.

A handle is a statement of this service. The page keeps it and sends it in a header. It needs no
store, tabs may share it, and it is worthless once its identity is deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from acs_tokens.access.statements import Kind, NotOursError, Statements, are_scopes
from acs_tokens.identities.invitations import HANDLE_LIFETIME
from acs_tokens.models.values import Scope
from acs_tokens.problems import UnauthorizedError
from acs_tokens.settings.guests import HandleKey

KIND = Kind(
    "acs-guest+jwt",
    b"acs-tokens: guest handles for ",
    ("sub", "scp", "first_scp"),
)


@dataclass(frozen=True)
class GuestHandle:
    """What a handle says.

    Attributes:
        user_id: The guest's identity.
        scopes: The scopes that its tokens may have.
        first_scopes: Those that the guest requested at first.
        invitation: The id of the invitation that the guest came with; None without one.
        max_minutes: How long the tokens may live, if the invitation says so.
    """

    user_id: str
    scopes: Sequence[Scope]
    first_scopes: Sequence[Scope]
    invitation: str | None = None
    max_minutes: int | None = None


class GuestHandles:
    """Signs handles with the first key; verifies with all, so that replacing a key ends no handle.

    Args:
        keys: The configured keys, at least one.
        resource: The endpoint of the ACS resource that the guests' identities belong to.
    """

    def __init__(self, keys: Sequence[HandleKey], resource: str) -> None:
        self._statements = Statements(KIND, keys, resource)

    def sign(self, handle: GuestHandle) -> str:
        """Return a handle that is valid for 24 hours from now; use does not prolong it."""
        claims = {
            "sub": handle.user_id,
            "scp": list(handle.scopes),
            "first_scp": list(handle.first_scopes),
            "inv": handle.invitation,
            "max_min": handle.max_minutes,
        }
        return self._statements.sign(claims, datetime.now(UTC) + HANDLE_LIFETIME)

    def verify(self, text: str) -> GuestHandle:
        """Verify a handle.

        Raises:
            UnauthorizedError: It is not ours, is of another ACS resource, or has expired.
        """
        try:
            claims = self._statements.read(text)
        except NotOursError as error:
            raise UnauthorizedError(log=f"Guest handle: {error}") from None
        if not (are_scopes(claims["scp"]) and are_scopes(claims["first_scp"])):
            raise UnauthorizedError(log="The guest handle names an unknown scope.")
        return GuestHandle(
            claims["sub"],
            tuple(claims["scp"]),
            tuple(claims["first_scp"]),
            claims.get("inv"),
            claims.get("max_min"),
        )
