"""Teams users' Entra tokens, checked before ACS is asked, so that the error says what is wrong.

ACS verifies the token. This check does not verify the signature. It exists because ACS gives the
same error for an expired token, a foreign one and a text that is no token.
"""

import base64
import binascii
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from acs_tokens.problems import (
    InvalidTeamsTokenError,
    TeamsTokenExpiringError,
    TeamsTokenMismatchError,
)

AUDIENCE = "https://auth.msft.communication.azure.com"
AUDIENCE_ID = "1fd5118e-2576-4263-8130-9503064c837a"  # the same application, by its id
SCOPES = ("Teams.ManageCalls", "Teams.ManageChats")
MAX_SECONDS = 10**11  # since 1970: more than 3,000 years, and less than a timedelta holds
MIN_LIFETIME = timedelta(minutes=10)  # less is of no use for a phone call


@dataclass(frozen=True)
class TeamsUser:
    """The user and the application that a Teams token must have been issued to.

    Attributes:
        client_id: The application, a GUID.
        object_id: The user's object id in Entra, a GUID.
        tenant_id: The user's tenant, a GUID; None where it is not known.
    """

    client_id: str
    object_id: str
    tenant_id: str | None = None


def precheck(token: str, user: TeamsUser, min_lifetime: timedelta = timedelta()) -> str:
    """Check what a Teams token says of itself.

    Args:
        token: An Entra access token.
        user: Whom it must have been issued to.
        min_lifetime: How long it must still be valid.

    Returns:
        The tenant that the token names, in lower case.

    Raises:
        InvalidTeamsTokenError: It is not a JWT, has expired, or is for something else.
        TeamsTokenMismatchError: It was issued to another application, user or tenant.
        TeamsTokenExpiringError: It is valid for less than ``min_lifetime``.
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
    if left < min_lifetime:
        minutes = min_lifetime // timedelta(minutes=1)
        raise TeamsTokenExpiringError(
            f"The Teams token ends in less than {minutes} minutes. Force MSAL to renew it, then"
            " try again."
        )
    return str(claims.get("tid")).lower()


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
    raise InvalidTeamsTokenError("The Teams token is not an Entra access token.")


def _is_time(value: object) -> bool:
    # Excludes NaN, and more seconds than a timedelta holds.
    return type(value) in (int, float) and 0 <= value <= MAX_SECONDS  # type: ignore[operator]
