"""A client of ACS's HTTP API that uses no SDK."""

import json
from typing import Any

from tests.raw_http import Reply, call, signed_headers
from tests.serving import Emulator

VERSION = "2023-10-01"


def send(
    emulator: Emulator,
    method: str,
    path: str,
    body: object = None,
    *,
    version: str | None = VERSION,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Send a signed request. A body that is not bytes is sent as JSON."""
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    target = path if version is None else f"{path}?api-version={version}"
    credential = signed_headers(emulator.access_key, method, emulator.url, target, content)
    declared = {"Content-Type": "application/json"} if content else {}
    return call(emulator.url, method, target, content, credential | declared | (headers or {}))


def new_identity(emulator: Emulator) -> str:
    """Create an identity; return its id."""
    user_id: str = send(emulator, "POST", "/identities").json["identity"]["id"]
    return user_id


def new_token(emulator: Emulator, **body: Any) -> dict[str, str]:
    """Create an identity with a token; return ``{token, expiresOn}``."""
    reply = send(emulator, "POST", "/identities", {"createTokenWithScopes": ["voip"]} | body)
    token: dict[str, str] = reply.json["accessToken"]
    return token


def error_body(code: str, message: str, target: str | None = None) -> dict[str, Any]:
    """Return the body of an error response."""
    fields = {"code": code, "message": message}
    return {"error": fields | ({"target": target} if target else {})}
