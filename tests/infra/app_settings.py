"""The app settings of a template, read by the service itself as in Azure."""

import json
import re
from collections.abc import Iterator, Mapping

from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings import Settings
from tests.infra.bicep.resources import CLIENT, Resource

REFERENCE = re.compile(r"@Microsoft\.KeyVault\(VaultName=([^;]+);SecretName=([^;)]+)\)")
# What App Service sets on Flex Consumption, so that the service refuses what is unsafe there.
PLATFORM = {
    "WEBSITE_SITE_NAME": "func",
    "WEBSITE_INSTANCE_ID": "1",
    "WEBSITE_SKU": "FlexConsumption",
    "IDENTITY_ENDPOINT": "http://169.254.255.2:8081/msi/token",
    "IDENTITY_HEADER": "e7a1",
}
# https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations
REFUSED_BY_FLEX = {
    "ENABLE_ORYX_BUILD", "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_WORKER_RUNTIME_VERSION",
    "FUNCTIONS_WORKER_PROCESS_COUNT", "SCM_DO_BUILD_DURING_DEPLOYMENT", "WEBSITE_CONTENTSHARE",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "WEBSITE_NODE_DEFAULT_VERSION", "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_VNET_ROUTE_ALL", "linuxFxVersion",
}  # fmt: skip
HOST = {
    "AzureWebJobsStorage__credential": "managedidentity",
    "AzureWebJobsStorage__clientId": CLIENT,
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": f"ClientId={CLIENT};Authorization=AAD",
    "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "16384",
    "AZURE_CLIENT_ID": CLIENT,
}


def check_settings(resources: list[Resource], environment: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the app settings.

    Args:
        resources: All resources of the deployment.
        environment: The switches.
    """
    given = _only(resources, "Microsoft.Web/sites/config").properties
    yield from (f"Flex Consumption refuses {name}" for name in REFUSED_BY_FLEX & set(given))
    yield from (
        f"{name} must be {value}" for name, value in HOST.items() if given.get(name) != value
    )
    if not str(given.get("APPLICATIONINSIGHTS_CONNECTION_STRING")).startswith(
        "InstrumentationKey="
    ):
        yield "the log goes nowhere"
    wrong = [name for name, value in given.items() if not isinstance(value, str)]
    yield from (f"the app setting {name} is not a string" for name in wrong)
    if not wrong:
        yield from _read(resources, given, environment)


def _read(
    resources: list[Resource], given: Mapping[str, str], environment: Mapping[str, str]
) -> Iterator[str]:
    cors = _only(resources, "Microsoft.Web/sites").properties["siteConfig"]["cors"]
    variables = PLATFORM | {name: _resolved(value, resources) for name, value in given.items()}
    variables["WEBSITE_CORS_ALLOWED_ORIGINS"] = json.dumps(cors["allowedOrigins"])
    variables["WEBSITE_CORS_SUPPORT_CREDENTIALS"] = str(cors["supportCredentials"])
    try:
        settings = Settings.from_environ(variables)
    except MisconfiguredError as error:
        yield f"the service refuses its settings: {error}"
        return
    storage = _only(resources, "Microsoft.Storage/storageAccounts").name
    store = settings.identity_store
    if not store or store.endpoint != f"https://{storage}.table.core.windows.net":
        yield "the identity store must be in the storage account"
    if settings.acs.access_keys:
        yield "the service must have no access key"
    if "LOG_HASH_KEY" not in given:
        yield "each process would hash ids with another key"
    yield from _as_switched(settings, environment)


def _as_switched(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    if settings.guests.admitted != (environment.get("GUESTS") == "true"):
        yield "guests must be admitted as set"
    if bool(settings.guests.retention) != bool(environment.get("GUEST_RETENTION_DAYS")):
        yield "guests must be deleted as set"
    if bool(settings.entra) != bool(environment.get("ENTRA_CLIENT_ID")):
        yield "users must sign in as set"
    if settings.entra and settings.entra.managed_identity_id != CLIENT:
        yield "the identity must vouch for the application"


def _resolved(value: str, resources: list[Resource]) -> str:
    """What the platform makes of a setting: the value of a secret, where it is a reference to one."""
    match = REFERENCE.fullmatch(value)
    if not match:
        return value
    for each in resources:
        if each.type == "Microsoft.KeyVault/vaults/secrets" and each.id.endswith(
            f"/{match[1]}/secrets/{match[2]}"
        ):
            return str(each.properties["value"])
    return value


def _only(resources: list[Resource], kind: str) -> Resource:
    return next(resource for resource in resources if resource.type == kind)
