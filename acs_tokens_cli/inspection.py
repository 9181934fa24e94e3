"""Reads what an ACS access token says of itself.

ACS does not document the claims: https://learn.microsoft.com/azure/communication-services/concepts/identity-model
"""

from datetime import UTC, datetime
from typing import Any

from acs_tokens_cli.failures import CommandError, ExitCode
from local_host.jwt_parts import jwt_parts

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
    _, claims = jwt_parts(token)
    try:
        are_times = all(_time(claims[claim]) for claim in TIMES.values() if claim in claims)
    except (OSError, OverflowError, TypeError, ValueError):
        are_times = False
    if not (claims and are_times):
        raise CommandError("This is no access token: not a JWT.", ExitCode.USAGE)
    return claims


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
