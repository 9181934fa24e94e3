"""What this project demands of the resources, beyond Azure's types."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra.app_settings import check_settings
from tests.infra.bicep.resources import PRINCIPAL, Deployment, Resource
from tests.infra.site_demands import PLAN, SITE, at, site_unmet

STORAGE, VAULT = "Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults"
ACS, INSIGHTS = "Microsoft.Communication/communicationServices", "Microsoft.Insights/components"
ROLE, PUBLISHING = (
    "Microsoft.Authorization/roleAssignments",
    f"{SITE}/basicPublishingCredentialsPolicies",
)
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
ROLES = {
    ("09976791-48a7-449e-bb21-39d1a415f350", ACS),  # Communication and Email Service Owner
    ("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", STORAGE),  # Storage Blob Data Owner
    ("0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", STORAGE),  # Storage Table Data Contributor
    ("3913510d-42f4-4e42-8a64-420c390055eb", INSIGHTS),  # Monitoring Metrics Publisher
    ("4633458b-17de-408a-b874-0445c86b69e6", VAULT),  # Key Vault Secrets User
}
LOGS = "Microsoft.OperationalInsights/workspaces"
SECRETS = f"{VAULT}/secrets"
ENDPOINTS = {("blob", STORAGE), ("table", STORAGE), ("vault", VAULT)}
# Type, path below properties, value: what keeps keys and passwords out.
CLOSED: tuple[tuple[str, str, Any], ...] = (
    (STORAGE, "allowSharedKeyAccess", False),
    (STORAGE, "allowBlobPublicAccess", False),
    (STORAGE, "minimumTlsVersion", "TLS1_2"),
    (STORAGE, "supportsHttpsTrafficOnly", True),
    (INSIGHTS, "DisableLocalAuth", True),
    (LOGS, "features.disableLocalAuth", True),
    (VAULT, "enableRbacAuthorization", True),
    (VAULT, "enableSoftDelete", True),
    (PUBLISHING, "allow", False),
    (SITE, "httpsOnly", True),
    (SITE, "siteConfig.minTlsVersion", "1.2"),
    (SITE, "siteConfig.ftpsState", "Disabled"),
    (SITE, "siteConfig.cors.supportCredentials", False),
    (PLAN, "reserved", True),
)


def unmet(deployment: Deployment, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the demands that a deployment of main.bicep does not meet.

    Args:
        deployment: The evaluated template.
        environment: The switches that it was evaluated with.
    """
    resources = [resource for _, resource in deployment.resources]
    yield from _closed(resources)
    yield from _roles(resources, environment)
    yield from _acs(resources, environment)
    yield from site_unmet(deployment, environment)
    yield from _secrets(resources)
    yield from _network(resources, private=environment.get("PRIVATE_NETWORK") == "true")
    yield from check_settings(resources, environment)


def _of(resources: list[Resource], kind: str) -> list[Resource]:
    return [resource for resource in resources if resource.type == kind]


def _closed(resources: list[Resource]) -> Iterator[str]:
    for kind, path, value in CLOSED:
        for resource in _of(resources, kind):
            if at(resource.properties, path) != value:
                yield f"{kind} {path} must be {value}"
    if {each.name for each in _of(resources, PUBLISHING)} != {"scm", "ftp"}:
        yield "publishing with a password must be off for scm and ftp"
    if not at(_of(resources, LOGS)[0].properties, "workspaceCapping.dailyQuotaGb"):
        yield "the log must have a daily cap"


def _roles(resources: list[Resource], environment: Mapping[str, str]) -> Iterator[str]:
    assigned = _of(resources, ROLE)
    found = {
        (
            str(each.properties["roleDefinitionId"]).rpartition("/")[2],
            each.scope.type if each.scope else "the group",
        )
        for each in assigned
    }
    yield from (f"the role {role} on {where} is missing" for role, where in ROLES - found)
    yield from (f"the role {role} on {where} is not needed" for role, where in found - ROLES)
    if len(assigned) > len(found):
        yield "a role is assigned twice"
    for each in assigned:
        if (each.properties["principalId"], each.properties["principalType"]) != (
            PRINCIPAL,
            "ServicePrincipal",
        ):
            yield "a role is not the identity's"
    if len({each.id for each in assigned}) < len(assigned):
        yield "two role assignments have one name"
    wanted = "shared" if environment.get("ACS_RESOURCE_ID") else "rg-my-tokens"
    if not any(
        each.scope and each.scope.type == ACS and f"/{wanted}/" in each.id for each in assigned
    ):
        yield f"the role on ACS is not in the group {wanted}"


def _acs(resources: list[Resource], environment: Mapping[str, str]) -> Iterator[str]:
    created = _of(resources, ACS)
    if bool(created) == bool(environment.get("ACS_RESOURCE_ID")):
        yield "ACS must be created unless there is one"
    for each in created:
        if each.properties["disableLocalAuth"] == (environment.get("ACS_KEYS") == "true"):
            yield "ACS must refuse keys unless they were asked for"
        if each.body["location"] != "global":
            yield "ACS must be global"


def _secrets(resources: list[Resource]) -> Iterator[str]:
    for each in _of(resources, SECRETS):
        if "onlyIfNotExists" not in each.decorators:
            yield f"the secret {each.name} would be overwritten"


def _network(resources: list[Resource], *, private: bool) -> Iterator[str]:
    wanted = ("Disabled", "Deny") if private else ("Enabled", "Allow")
    for each in (*_of(resources, STORAGE), *_of(resources, VAULT)):
        access = (
            each.properties["publicNetworkAccess"],
            at(each.properties, "networkAcls.defaultAction"),
        )
        if access != wanted:
            yield f"{each.type} must have public access {wanted[0]}"
    found = {
        (
            group,
            connection["properties"]["privateLinkServiceId"]
            .split("/providers/")[1]
            .rpartition("/")[0],
        )
        for each in _of(resources, "Microsoft.Network/privateEndpoints")
        for connection in each.properties["privateLinkServiceConnections"]
        for group in connection["properties"]["groupIds"]
    }
    if found != (ENDPOINTS if private else set()):
        yield "the private endpoints must be those of blobs, tables and the vault"
    site = _of(resources, SITE)[0]
    if (site.properties.get("virtualNetworkSubnetId") is not None) != private:
        yield "the site must be in the network if there is one"
