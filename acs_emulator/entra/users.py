"""The made-up tenants and users of the emulator. They are the same at every start."""

import uuid
from dataclasses import dataclass

PASSWORD = "emulator"  # noqa: S105 - public; the password of every user
ANY_TENANT = ("common", "organizations", "adfs")


@dataclass(frozen=True)
class Tenant:
    """A tenant.

    Attributes:
        domain: In paths, the domain and the id name the tenant.
    """

    id: str
    name: str
    domain: str

    def app_object_id(self, client_id: str) -> str:
        """Return the object id of a client in this tenant. It is the same at every start."""
        return str(uuid.uuid5(uuid.UUID(self.id), client_id))


@dataclass(frozen=True)
class User:
    """A user.

    Attributes:
        needs_interaction: Whether a client gets the error ``interaction_required`` when it acts
            on behalf of this user or renews the user's tokens without a page, as with Conditional
            Access.
    """

    object_id: str
    first_name: str
    tenant: Tenant
    needs_interaction: bool = False

    @property
    def principal_name(self) -> str:
        return f"{self.first_name.lower()}@{self.tenant.domain}"

    @property
    def display_name(self) -> str:
        return f"{self.first_name} ({self.tenant.name})"


CONTOSO = Tenant("c0450000-0000-4000-8000-000000000001", "contoso", "contoso.example")
FABRIKAM = Tenant("fab00000-0000-4000-8000-000000000002", "fabrikam", "fabrikam.example")
TENANTS = (CONTOSO, FABRIKAM)
USERS = (
    User("a11ce000-0000-4000-8000-000000000001", "Alice", CONTOSO),
    User("b0b00000-0000-4000-8000-000000000002", "Bob", CONTOSO),
    User("31a00000-0000-4000-8000-000000000003", "Mia", CONTOSO, needs_interaction=True),
    User("ca401000-0000-4000-8000-000000000004", "Carol", FABRIKAM),
)


@dataclass(frozen=True)
class Authority:
    """The first segment of a path. It determines who may sign in there.

    Attributes:
        segment: As the path has it, in lower case.
        tenants: The tenants whose users may sign in: one, or all.
        app_tenant: The tenant of a client that signs in as itself; None if it cannot.
    """

    segment: str
    tenants: tuple[Tenant, ...]
    app_tenant: Tenant | None

    @property
    def users(self) -> tuple[User, ...]:
        return tuple(user for user in USERS if user.tenant in self.tenants)

    def find_user(self, principal_name: str) -> User | None:
        """Return the user with this name, in any case, who may sign in here."""
        wanted = principal_name.strip().lower()
        return next((user for user in self.users if user.principal_name == wanted), None)


def find_authority(segment: str) -> Authority | None:
    """Return the authority that the first segment of a path names, or None.

    Args:
        segment: The id or domain of a tenant, or one of `ANY_TENANT`.
    """
    name = segment.lower()
    if name in ANY_TENANT:
        # AD FS has no tenants. A client that signs in there as itself belongs to contoso (chosen).
        return Authority(name, TENANTS, CONTOSO if name == "adfs" else None)
    for tenant in TENANTS:
        if name in (tenant.id, tenant.domain):
            return Authority(name, (tenant,), tenant)
    return None


def find_user(object_id: str, tenant_id: str) -> User | None:
    """Return the user with these ids, or None."""
    ids = (object_id, tenant_id)
    return next((user for user in USERS if (user.object_id, user.tenant.id) == ids), None)
