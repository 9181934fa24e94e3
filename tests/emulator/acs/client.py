"""ACS's wire contract, spoken without an SDK."""

import json
from typing import Any

from tests.raw_http import Reply, call, signed_headers
from tests.serving import Emulator

VERSION = "2023-10-01"


def ask(
    emulator: Emulator,
    method: str,
    path: str,
    body: object = None,
    *,
    version: str | None = VERSION,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Send a signed request; bytes go as they are, anything else as JSON."""
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    target = path if version is None else f"{path}?api-version={version}"
    proof = signed_headers(emulator.access_key, method, emulator.url, target, content)
    declared = {"Content-Type": "application/json"} if content else {}
    return call(emulator.url, method, target, content, proof | declared | (headers or {}))


def new_identity(emulator: Emulator) -> str:
    """Create an identity; return its id."""
    user_id: str = ask(emulator, "POST", "/identities").json["identity"]["id"]
    return user_id


def new_token(emulator: Emulator, **body: Any) -> dict[str, str]:
    """Create an identity with a token; return ``{token, expiresOn}``."""
    reply = ask(emulator, "POST", "/identities", {"createTokenWithScopes": ["voip"]} | body)
    token: dict[str, str] = reply.json["accessToken"]
    return token
