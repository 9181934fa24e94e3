"""The template of infra/ with the switches that azd's environment sets."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.infra.bicep.deployment import deploy
from tests.infra.bicep.resources import Deployment
from tests.infra.bicep.syntax import parse
from tests.serving import ROOT

INFRA = ROOT / "infra"
VARIABLE = re.compile(r"\$\{(\w+)(?:=([^}]*))?\}")
ALWAYS = {"AZURE_ENV_NAME": "my-tokens", "AZURE_LOCATION": "westeurope"}  # azd asks for these
OTHER_GROUP = "/subscriptions/0bad0000-0000-4000-8000-000000000000/resourceGroups/shared"
# Sets of switches, as `azd env set` sets them. Each branch of the template is taken in one of them.
SWITCHES: Mapping[str, Mapping[str, str]] = {
    "defaults": {},
    "guests": {
        "GUESTS": "true",
        "GUEST_SCOPES": "voip,chat",
        "GUEST_MAX_MINUTES": "1440",
        "ALLOWED_ORIGINS": "https://my-page.example,https://other.example:8443",
    },
    "guests that are deleted": {"GUESTS": "true", "GUEST_RETENTION_DAYS": "30"},
    "sign-in": {"ENTRA_CLIENT_ID": "acc50000-0000-4000-8000-0000000000a1"},
    "sign-in from other tenants": {
        "ENTRA_CLIENT_ID": "acc50000-0000-4000-8000-0000000000a1",
        "ENTRA_TENANT_IDS": "c0450000-0000-4000-8000-000000000001,fab00000-0000-4000-8000-000000000002",
    },
    "an existing ACS resource": {
        "ACS_RESOURCE_ID": f"{OTHER_GROUP}/providers/Microsoft.Communication/communicationServices/mine"
    },
    "ACS with keys": {"ACS_KEYS": "true", "ACS_DATA_LOCATION": "United States"},
    "a private network": {"PRIVATE_NETWORK": "true", "PURGE_PROTECTION": "true"},
    "no instance that is always ready": {
        "ALWAYS_READY_INSTANCES": "0",
        "MAXIMUM_INSTANCE_COUNT": "2",
    },
    "everything": {
        "GUESTS": "true",
        "ENTRA_CLIENT_ID": "acc50000-0000-4000-8000-0000000000a1",
        "PRIVATE_NETWORK": "true",
        "DAILY_LOG_CAP_GB": "5",
    },
}
# The same for entra.bicep, as parameters.
ENTRA_SWITCHES: Mapping[str, Mapping[str, Any]] = {
    "sign-in": {"identityName": "id-x", "redirectUris": ["https://my-page.example"]},
    "Teams": {"identityName": "id-x", "teams": True},
}


def deploy_main(folder: Path, environment: Mapping[str, str]) -> Deployment:
    """Evaluate main.bicep as azd would.

    Args:
        folder: Where the template is.
        environment: What the developer set with `azd env set`.
    """
    return deploy(folder / "main.bicep", parameters(folder, {**ALWAYS, **environment}))


def deploy_entra(folder: Path, given: Mapping[str, Any]) -> Deployment:
    """Evaluate entra.bicep with some parameters."""
    return deploy(folder / "entra.bicep", given, "rg-my-tokens")


def parameters(folder: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that azd makes of main.parameters.json.

    It replaces ``${NAME=default}`` and turns the text into the parameter's type.
    """
    declared = parse(folder / "main.bicep").declarations
    file = json.loads((folder / "main.parameters.json").read_text())
    found: dict[str, Any] = {}
    for name, entry in file["parameters"].items():
        kind = declared[name].declared_type if name in declared else "string"
        found[name] = _converted(entry["value"], kind, environment)
    return found


def _converted(value: Any, kind: str, environment: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    text = VARIABLE.sub(lambda match: environment.get(match[1]) or match[2] or "", value)
    if kind == "bool" and text in ("true", "false"):
        return text == "true"
    return int(text) if kind == "int" and text.isdigit() else text
