"""Checks of a running service, over HTTP."""

import json
from dataclasses import dataclass
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy

from acs_tokens import __version__
from acs_tokens.http_client import new_session
from acs_tokens.web.responses import HEADERS
from acs_tokens_cli.deployment import KEY_ADVICE, Deployment
from acs_tokens_cli.doctor.check import Check, FindingError, Group
from acs_tokens_cli.doctor.network import CONNECTION_CURE, way_to

PAGE_HEADERS = ("authorization", "content-type", "x-guest-handle")  # what pages send
NOT_INDEXED = (
    "The host found no function. Read why in its log: in the portal, Log stream or Diagnose and"
    " solve problems; in Application Insights, traces with 'function_app'. Usual causes: packages"
    " for another version of Python, or a missing one (doctor --package). If the URL lacks the"
    " prefix /api, add it."
)
READY_CURE = "Each text says what to do; doctor with the same settings, without --url, says more."


@dataclass(frozen=True)
class _Response:
    status: int
    headers: CIMultiDictProxy[str]
    fields: dict[str, Any]


def deployed_checks(deployment: Deployment, origins: list[str]) -> Group:
    """Return the checks of a running service.

    Args:
        deployment: Where it is.
        origins: The origins of the pages that use it.
    """
    return Group(
        [
            *way_to(deployment.url),
            Check("functions", lambda: find_functions(deployment), CONNECTION_CURE),
        ],
        [
            Check("version", lambda: compare_versions(deployment), CONNECTION_CURE),
            Check("readiness", lambda: read_readiness(deployment), CONNECTION_CURE),
            Check("security headers", lambda: read_headers(deployment), CONNECTION_CURE),
            *(_origin_check(deployment, origin) for origin in origins),
        ],
    )


def _origin_check(deployment: Deployment, origin: str) -> Check:
    return Check(f"CORS: {origin}", lambda: ask_for(deployment, origin), CONNECTION_CURE)


async def find_functions(deployment: Deployment) -> str:
    """Ask for two functions that respond without a key, if only to refuse.

    Raises:
        FindingError: They are not there.
    """
    statuses = [
        (await _request(deployment, "GET", route)).status for route in ("health", "health/ready")
    ]
    if statuses == [404, 404]:
        raise FindingError("Every function responds with 404.", NOT_INDEXED)
    if statuses[0] != 200:
        raise FindingError(
            f"health responds with {statuses[0]}.",
            "Start the function app, and look at its host's log.",
        )
    return "they respond"


async def compare_versions(deployment: Deployment) -> str:
    """Compare the version of the service with the one of this program.

    Raises:
        FindingError: They differ.
    """
    version = (await _request(deployment, "GET", "health")).fields.get("version")
    if version != __version__:
        raise FindingError(
            f"The service has version {str(version)[:20]}, this program {__version__}.",
            "Deploy again, or use the other version of this program.",
        )
    return __version__


async def read_readiness(deployment: Deployment) -> str:
    """Read the service's own checks.

    Raises:
        FindingError: One failed, or the function key is refused.
    """
    response = await _request(deployment, "GET", "health/ready", deployment.headers())
    if response.status == 401:
        raise FindingError("The function key is missing or wrong.", KEY_ADVICE)
    checks = response.fields.get("checks")
    if not isinstance(checks, dict) or not all(isinstance(each, dict) for each in checks.values()):
        raise FindingError(f"health/ready responds with {response.status}.", NOT_INDEXED)
    failed = [
        f"{name}: {check.get('detail')}" for name, check in checks.items() if not check.get("ok")
    ]
    if failed:
        raise FindingError(" ".join(failed), READY_CURE)
    return ", ".join(checks)


async def read_headers(deployment: Deployment) -> str:
    """Check the security headers of a function's response and of the host's own.

    Raises:
        FindingError: Some are missing or differ.
    """
    wrong: dict[str, None] = {}
    for route in ("health", "no-such-route"):
        headers = (await _request(deployment, "GET", route)).headers
        wrong |= {name: None for name, value in HEADERS.items() if headers.get(name) != value}
    if wrong:
        raise FindingError(
            f"Missing or changed: {', '.join(wrong)}.",
            "Deploy host.json with its customHeaders, and let no proxy remove headers.",
        )
    return ", ".join(HEADERS)


async def ask_for(deployment: Deployment, origin: str) -> str:
    """Send the preflight that a browser sends for a page.

    Raises:
        FindingError: The page may not use the service.
    """
    response = await _request(
        deployment,
        "OPTIONS",
        "guest/token",
        {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": ",".join(PAGE_HEADERS),
        },
    )
    allowed = response.headers.get("Access-Control-Allow-Origin")
    names = response.headers.get("Access-Control-Allow-Headers", "").lower()
    if allowed not in (origin, "*") or not all(name in names for name in PAGE_HEADERS):
        raise FindingError(
            "Pages of this origin may not use the service.",
            "az functionapp cors add --name <app> --resource-group <group> --allowed-origins"
            f" {origin}",
        )
    return "allowed"


async def _request(
    deployment: Deployment, method: str, route: str, headers: dict[str, str] | None = None
) -> _Response:
    try:
        async with (
            new_session() as session,
            session.request(
                method, f"{deployment.url}/{route}", headers=headers, allow_redirects=False
            ) as response,
        ):
            content = await response.read()
            return _Response(response.status, response.headers, _fields(content))
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise FindingError(f"No response: {type(error).__name__}.", CONNECTION_CURE) from None


def _fields(content: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(content)
    except (RecursionError, ValueError):
        return {}
    return fields if isinstance(fields, dict) else {}
