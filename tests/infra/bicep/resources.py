"""Resources and modules as other parts of a template see them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.infra.bicep.azure_types import field_type, known_types
from tests.infra.bicep.functions import SUBSCRIPTION
from tests.infra.bicep.syntax import BicepError

PRINCIPAL = "a11c0000-0000-4000-8000-0000000000d1"
CLIENT = "a11c0000-0000-4000-8000-0000000000c1"
APPLICATION = "acc50000-0000-4000-8000-0000000000a1"
# What Azure returns for fields that it fills in itself.
RETURNED: Mapping[str, Mapping[str, str]] = {
    "Microsoft.Communication/communicationServices": {
        "properties.hostName": "{name}.europe.communication.azure.com"
    },
    "Microsoft.ManagedIdentity/userAssignedIdentities": {
        "properties.principalId": PRINCIPAL,
        "properties.clientId": CLIENT,
    },
    "Microsoft.Storage/storageAccounts": {
        "properties.primaryEndpoints.blob": "https://{name}.blob.core.windows.net/"
    },
    "Microsoft.Insights/components": {
        "properties.ConnectionString": "InstrumentationKey=00000000-0000-4000-8000-000000000001"
        ";IngestionEndpoint=https://westeurope-1.in.applicationinsights.azure.com/"
    },
    "Microsoft.Web/sites": {"properties.defaultHostName": "{name}.azurewebsites.net"},
    "Microsoft.Graph/applications": {"appId": APPLICATION},
}


@dataclass
class Resource:
    """A resource.

    Attributes:
        kind: ``<type>@<version>``.
        name: Its name, without that of its parent.
        id: Its resource id.
        body: What the template says of it.
        is_deployed: False for one that is there already, and for one whose condition is false.
        is_there: Whether others may use what Azure returns for it.
        decorators: The names of its decorators.
        scope: The resource that it is about, such as a role assignment's; None for others.
        depends_on: The symbols that come before it.
    """

    kind: str
    name: str
    id: str
    body: Mapping[str, Any]
    is_deployed: bool
    is_there: bool
    decorators: frozenset[str]
    scope: "Resource | None" = None
    depends_on: set[str] = field(default_factory=set)
    may_be_read: Callable[[], bool] = lambda: True

    @property
    def type(self) -> str:
        """The type without its version."""
        return self.kind.partition("@")[0]

    @property
    def properties(self) -> Mapping[str, Any]:
        """The body's properties."""
        found: Mapping[str, Any] = self.body.get("properties", {})
        return found

    def member(self, name: str) -> Any:
        """Return a property, as the template's other parts get it."""
        if name in ("id", "name"):
            return getattr(self, name)
        return Returned(self, ()).member(name)


@dataclass(frozen=True)
class Returned:
    """An object in what Azure returns for a resource."""

    resource: Resource
    path: tuple[str, ...]

    def member(self, name: str) -> Any:
        """Return a property of it."""
        path, resource = (*self.path, name), self.resource
        dotted = ".".join(path)
        if not resource.is_there:
            raise BicepError(f"{resource.name} is not deployed, so it has no {dotted}")
        found = field_type(resource.kind, path)
        if found is None:
            raise BicepError(f"{resource.type} has no property {dotted}")
        if found.startswith("#"):
            return Returned(resource, path)
        if not resource.may_be_read():
            raise BicepError(f"{dotted} is not known before the deployment begins")
        return self._value(path, dotted)

    def _value(self, path: tuple[str, ...], dotted: str) -> Any:
        returned = RETURNED.get(self.resource.type, {})
        if dotted in returned:
            return returned[dotted].format(name=self.resource.name)
        value: Any = self.resource.body
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is None:
            raise BicepError(f"what Azure returns for {self.resource.type} {dotted} is not known")
        return value


@dataclass(frozen=True)
class Module:
    """A module: its outputs, by name."""

    name: str
    outputs: Mapping[str, Any]
    is_deployed: bool

    def member(self, name: str) -> Any:
        """Return its name or its outputs."""
        if name == "name":
            return self.name
        if name != "outputs":
            raise BicepError(f"a module has no property {name}")
        if not self.is_deployed:
            raise BicepError(f"the module {self.name} is not deployed, so it has no outputs")
        return self.outputs


@dataclass
class Deployment:
    """What a template leads to.

    Attributes:
        resources: Those that are created, of modules too, with their symbols.
        outputs: By name.
        problems: What is wrong.
        branches: Each condition, by file and position, with each value it had.
    """

    resources: list[tuple[str, Resource]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    branches: set[tuple[str, int, bool]] = field(default_factory=set)


def check_kind(kind: str) -> None:
    """Raise `BicepError` for a type or version that is not known."""
    if kind not in known_types():
        raise BicepError(f"{kind} is not a known type and version")


def resource_id(
    kind: str, name: str, group: str, parent: Resource | None, scope: Resource | None
) -> str:
    """Return the resource id that Azure gives a resource.

    Args:
        kind: ``<type>@<version>``.
        name: Its name, without that of its parent.
        group: The resource group of the deployment.
        parent: Its parent, for a child resource.
        scope: The resource that it is about, such as a role assignment's.
    """
    type_name = kind.partition("@")[0]
    if parent:
        return f"{parent.id}/{type_name.rpartition('/')[2]}/{name}"
    if type_name == "Microsoft.Resources/resourceGroups":
        return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}"
    base = scope.id if scope else f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}"
    return f"{base}/providers/{type_name}/{name}"
