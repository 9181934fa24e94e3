"""What this project demands of the function app itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from acs_tokens.http_client import MAX_CONNECTIONS
from tests.infra.bicep.resources import Deployment, Resource

SITE, PLAN = "Microsoft.Web/sites", "Microsoft.Web/serverfarms"
BEFORE_THE_SITE = {"access", "container", "blobRole", "tableRole", "metricsRole", "secretsRole"}
CONFIG = "properties.functionAppConfig"
STORAGE = f"{CONFIG}.deployment.storage"
VALUES: tuple[tuple[str, Any], ...] = (
    ("tags.azd-service-name", "api"),  # azd finds the site by it
    (f"{CONFIG}.runtime.name", "python"),
    (f"{CONFIG}.runtime.version", "3.13"),
    (f"{CONFIG}.scaleAndConcurrency.triggers.http.perInstanceConcurrency", MAX_CONNECTIONS),
    (f"{STORAGE}.type", "blobContainer"),
    (f"{STORAGE}.authentication.type", "UserAssignedIdentity"),
)


def at(value: Any, path: str) -> Any:
    """Return what is at a dotted path below nested objects; None when it is not there."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def site_unmet(deployment: Deployment, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the demands on the function app that a deployment of main.bicep does not meet.

    Args:
        deployment: The evaluated template.
        environment: The switches that it was evaluated with.
    """
    site, plan = _only(deployment, SITE), _only(deployment, PLAN)
    for path, value in VALUES:
        if at(site.body, path) != value:
            yield f"{path} must be {value}"
    if plan.body["sku"] != {"name": "FC1", "tier": "FlexConsumption"}:
        yield "the plan must be FC1 of FlexConsumption"
    if missing := BEFORE_THE_SITE - site.depends_on:
        yield f"the site must come after {', '.join(sorted(missing))}"
    container = _only(deployment, "Microsoft.Storage/storageAccounts/blobServices/containers")
    if not str(at(site.body, f"{STORAGE}.value")).endswith(
        f".blob.core.windows.net/{container.name}"
    ):
        yield "the package must go to the container"
    ready = int(environment.get("ALWAYS_READY_INSTANCES", "1"))
    wanted = [{"name": "http", "instanceCount": ready}] if ready else []
    if at(site.body, f"{CONFIG}.scaleAndConcurrency.alwaysReady") != wanted:
        yield "alwaysReady must be as set"
    yield from _identity(
        site, _only(deployment, "Microsoft.ManagedIdentity/userAssignedIdentities").id
    )


def _identity(site: Resource, identity: str) -> Iterator[str]:
    used = {
        *at(site.body, "identity.userAssignedIdentities"),
        site.properties["keyVaultReferenceIdentity"],
        at(site.body, f"{STORAGE}.authentication.userAssignedIdentityResourceId"),
    }
    if used != {identity}:
        yield "the site must use its user-assigned identity"


def _only(deployment: Deployment, kind: str) -> Resource:
    return next(resource for _, resource in deployment.resources if resource.type == kind)
