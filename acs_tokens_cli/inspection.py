"""Reads what an ACS access token says of itself.

ACS does not document the claims: https://learn.microsoft.com/azure/communication-services/concepts/identity-model
"""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from acs_tokens_cli.failures import CommandError, ExitCode

TIMES = {"issuedOn": "iat", "expiresOn": "exp"}
TEXTS = {"region": "rgn", "resourceId": "resourceId", "tenantId": "tid"}


def describe_token(token: str) -> dict[str, Any]:
    """Return what a token says, without verifying it.

    Raises:
        CommandError: It is no JWT.
    """
    claims = _claims(token)
    fields: dict[str, Any] = {"verified": False}
    if subject := claims.get("skypeid"):
        fields["userId"] = f"8:{subject}"
    if scopes := claims.get("acsScope"):
        fields["scopes"] = str(scopes).split(",")
    fields |= {name: _time(claims[claim]) for name, claim in TIMES.items() if claim in claims}
    fields |= {name: claims[claim] for name, claim in TEXTS.items() if claim in claims}
    if "exp" in claims:
        fields["expired"] = claims["exp"] <= datetime.now(UTC).timestamp()
    return fields


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        times = [datetime.fromtimestamp(claims.get(claim, 0), UTC) for claim in TIMES.values()]
    except (AttributeError, binascii.Error, OSError, RecursionError, TypeError, ValueError,
            OverflowError):  # fmt: skip
        times = []
    if not times:
        raise CommandError("This is no access token: not a JWT.", ExitCode.USAGE)
    return claims


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
