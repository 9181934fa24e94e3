"""A user of Entra."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A user of Entra, known by what never changes and is never given to another.

    Attributes:
        tenant_id: ``tid`` of the token, a GUID in lower case.
        object_id: ``oid`` of the token, a GUID in lower case; unique within the tenant.
    """

    tenant_id: str
    object_id: str

    @property
    def key(self) -> str:
        """What tells this person from all others, in one string."""
        return f"{self.tenant_id}:{self.object_id}"
