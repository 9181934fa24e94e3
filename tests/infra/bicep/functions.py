"""The functions of Bicep that infra/ uses. Those about the deployment are in `surroundings`."""

import base64
import hashlib
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

SUBSCRIPTION = "5b5a0000-0000-4000-8000-00000000005b"
TENANT = "7e7a0000-0000-4000-8000-00000000007e"
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"

Functions = dict[str, Callable[..., Any]]


def functions(group: str) -> Functions:
    """Return the functions, by name.

    Args:
        group: The name of the resource group of the deployment; "" in one of a subscription.
    """
    return PURE | surroundings(group)


def surroundings(group: str) -> Functions:
    """Return the functions that tell where a template is deployed."""
    path = f"/subscriptions/{SUBSCRIPTION}"
    here: dict[str, Callable[..., Any]] = {
        "subscription": lambda: {"id": path, "subscriptionId": SUBSCRIPTION, "tenantId": TENANT},
        "tenant": lambda: {"tenantId": TENANT},
        "environment": lambda: {
            "suffixes": {"storage": "core.windows.net"},
            "authentication": {"loginEndpoint": "https://login.microsoftonline.com/"},
        },
        "subscriptionResourceId": lambda kind, name: f"{path}/providers/{kind}/{name}",
    }
    if group:
        here["resourceGroup"] = lambda *place: (
            SimpleNamespace(subscription=place[0], group=place[1])
            if place
            else {"id": f"{path}/resourceGroups/{group}", "name": group}
        )
    return here


def _empty(value: Any) -> bool:
    return not value


def _guid(*parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


def _unique_string(*parts: str) -> str:
    """Thirteen characters, as Azure's; the same for the same parts."""
    digest = hashlib.sha256("/".join(parts).encode()).digest()
    return "".join(ALPHABET[byte % 32] for byte in digest[:13])


def _union(*objects: dict[str, Any]) -> dict[str, Any]:
    return {key: value for each in objects for key, value in each.items()}


PURE: Functions = {
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "empty": _empty,
    "guid": _guid,
    "last": lambda items: items[-1],
    "newGuid": lambda: str(uuid.uuid4()),
    "replace": lambda value, old, new: value.replace(old, new),
    "split": lambda value, separator: value.split(separator),
    "string": lambda value: str(value).lower() if isinstance(value, bool) else str(value),
    "toLower": lambda value: value.lower(),
    "union": _union,
    "uniqueString": _unique_string,
}
