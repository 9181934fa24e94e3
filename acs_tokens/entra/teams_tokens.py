"""Teams users' Entra tokens: what is wrong with one, in plain words, before ACS is asked.

Nothing is decided here: ACS checks the token. But ACS says 'not valid' to everything.
"""

import base64
import binascii
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from acs_tokens.errors import (
    InvalidTeamsTokenError,
    TeamsTokenExpiringError,
    TeamsTokenMismatchError,
)

AUDIENCE = "https://auth.msft.communication.azure.com"
AUDIENCE_ID = "1fd5118e-2576-4263-8130-9503064c837a"  # the same application, by its id
SCOPES = ("Teams.ManageCalls", "Teams.ManageChats")
MAX_SECONDS = 10**11  # a time in some thousand years; a larger one is no time
MIN_LEFT = timedelta(minutes=10)  # less is of no use to a call; Microsoft's clients renew by then


@dataclass(frozen=True)
class TeamsUser:
    """Whom a token must have been issued to; the tenant only where it is known."""

    client_id: str
    object_id: str
    tenant_id: str | None = None


def precheck(token: str, user: TeamsUser, least_left: timedelta = timedelta()) -> None:
    """Look into a token.

    Raises:
        InvalidTeamsTokenError: It is no JWT, or has ended, or is for something else.
        TeamsTokenMismatchError: It was issued to another application, user or tenant.
        TeamsTokenExpiringError: It has less time left than it should.
    """
    claims = _claims(token)
    left = timedelta(seconds=claims["exp"] - time.time())
    if left <= timedelta():
        raise InvalidTeamsTokenError("The Teams token has expired. Get a new one.")
    if claims.get("aud") not in (AUDIENCE, AUDIENCE_ID):
        raise InvalidTeamsTokenError(f"The Teams token is not for {AUDIENCE}.")
    if not set(str(claims.get("scp", "")).split()) & set(SCOPES):
        raise InvalidTeamsTokenError(f"The Teams token lacks the scope {' or '.join(SCOPES)}.")
    _compare(claims, user)
    if left < least_left:
        raise TeamsTokenExpiringError(
            "The Teams token ends in less than ten minutes. Renew it by force, then come back."
        )


def _compare(claims: dict[str, Any], user: TeamsUser) -> None:
    if str(claims.get("appid", claims.get("azp"))).lower() != user.client_id.lower():
        raise TeamsTokenMismatchError("The Teams token was issued to another application (appid).")
    if str(claims.get("oid")).lower() != user.object_id.lower():
        raise TeamsTokenMismatchError("The Teams token was issued to another user (oid).")
    if user.tenant_id and str(claims.get("tid")).lower() != user.tenant_id.lower():
        raise TeamsTokenMismatchError("The Teams token was issued in another tenant (tid).")


def _claims(token: str) -> dict[str, Any]:
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        claims = None
    if isinstance(claims, dict) and _is_time(claims.get("exp")):
        return claims
    raise InvalidTeamsTokenError("The Teams token is no Entra access token.")


def _is_time(value: object) -> bool:
    # Not NaN, nor more seconds than a timedelta holds.
    return type(value) in (int, float) and 0 <= value <= MAX_SECONDS  # type: ignore[operator]
