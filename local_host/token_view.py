"""What the local page shows of an access token: its verdict, its claims and what they mean."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local_host.jwt_parts import jwt_parts

DEFAULT_SECONDS = 86_400  # of a token that does not say how long it lives
MEANINGS = {
    "alg": "how it is signed",
    "kid": "the key that signed it",
    "x5t": "its certificate",
    "typ": "its format",
    "skypeid": "user id without 8:",
    "acsScope": "what it allows",
    "exp": "when it ends",
    "iat": "when it was issued",
    "csi": "issue as text",
    "scp": "kind of user",
    "rgn": "region",
    "resourceId": "ACS resource",
    "resourceLocation": "where its data is",
    "tid": "Entra tenant",
    "aad_iat": "Entra's issue",
    "aad_uti": "the Entra token's id",
    "aad_appid": "the Entra token's application",
}


def token_view(token: str, examined: Mapping[str, Any] | None) -> dict[str, object]:
    """Return what the page shows of a token.

    Args:
        token: An access token of ACS; "" for an identity without one.
        examined: What the emulator says of the token; None without an emulator.

    Returns:
        ``verdict`` is a text, ``is`` is ``good``, ``bad`` or empty, ``lifetime`` is in seconds, and
        ``claims`` holds name, value and meaning of each claim of the payload and the header.
    """
    header, payload = jwt_parts(token)
    verdict, kind = _verdict(token, examined)
    return {
        "verdict": verdict,
        "is": kind,
        "lifetime": _lifetime(payload),
        "claims": [
            [name, _text(name, value), MEANINGS.get(name, "")]
            for name, value in (payload | header).items()
        ],
    }


def _verdict(token: str, examined: Mapping[str, Any] | None) -> tuple[str, str]:
    if not token:
        return "an identity without a token", ""
    if examined is None:
        return "not verified: no emulator", ""
    if not examined["genuine"]:
        return "not genuine", "bad"
    if examined["valid"]:
        return "genuine, valid", "good"
    return f"genuine, {'revoked' if examined['revoked'] else 'expired'}", "bad"


def _lifetime(claims: Mapping[str, Any]) -> int:
    times = claims.get("iat"), claims.get("exp")
    if not all(isinstance(each, int) for each in times):
        return DEFAULT_SECONDS
    issued, end = times
    return max(1, end - issued)  # type: ignore[operator, no-any-return] # checked above


def _text(name: str, value: object) -> str:
    if name in ("exp", "iat") and isinstance(value, int):
        try:
            return f"{value} ({datetime.fromtimestamp(value).astimezone():%Y-%m-%d %H:%M:%S})"
        except (OSError, OverflowError, ValueError):
            return str(value)  # beyond the years that have a name
    return str(value)
