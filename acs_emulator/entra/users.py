"""The made-up tenants and users of the emulator's Entra. They are the same at every start."""

import uuid
from dataclasses import dataclass

PASSWORD = "emulator"  # noqa: S105 - of every made-up user; public
ANY_TENANT = ("common", "organizations", "adfs")


@dataclass(frozen=True)
class Tenant:
    """A tenant; ``domain`` names it in paths as well as its id does."""

    id: str
    name: str
    domain: str

    def app_object_id(self, client_id: str) -> str:
        """The object id that a client has in this tenant; it stays the same."""
        return str(uuid.uuid5(uuid.UUID(self.id), client_id))


@dataclass(frozen=True)
class User:
    """A user.

    Attributes:
        needs_interaction: Whether a rule of the tenant wants to see the user before anything is
            done on the user's behalf, as Conditional Access does.
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
class Realm:
    """Who may sign in at a path: its first segment says so.

    Attributes:
        segment: As the path has it.
        tenants: One, or all where the user decides.
        apps: Where a client signs in as itself; none where only users are told apart.
    """

    segment: str
    tenants: tuple[Tenant, ...]
    apps: Tenant | None

    @property
    def users(self) -> tuple[User, ...]:
        return tuple(user for user in USERS if user.tenant in self.tenants)

    def find_user(self, principal_name: str) -> User | None:
        """The user of this name (no case) who may sign in here."""
        sought = principal_name.strip().lower()
        return next((user for user in self.users if user.principal_name == sought), None)


def find_realm(segment: str) -> Realm | None:
    """What the first segment of a path stands for: a tenant's id or domain, or all tenants."""
    name = segment.lower()
    if name in ANY_TENANT:
        # AD FS has no tenants: a client that signs in there as itself is contoso's (chosen).
        return Realm(name, TENANTS, CONTOSO if name == "adfs" else None)
    for tenant in TENANTS:
        if name in (tenant.id, tenant.domain):
            return Realm(name, (tenant,), tenant)
    return None


def find_user(object_id: str, tenant_id: str) -> User | None:
    """The user of these ids."""
    ids = (object_id, tenant_id)
    return next((user for user in USERS if (user.object_id, user.tenant.id) == ids), None)
