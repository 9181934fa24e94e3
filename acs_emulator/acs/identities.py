"""Operations on identities and access tokens, and the exchange of Teams users' Entra tokens.

https://learn.microsoft.com/rest/api/communication/identity/communication-identity
"""

from typing import Any

from acs_emulator.acs.entra_tokens import TEAMS_AUDIENCE
from acs_emulator.acs.errors import invalid, required
from acs_emulator.acs.operations import (
    PREVIEW_2025,
    TEAMS_VERSIONS,
    VERSIONS,
    Operation,
    Request,
    Response,
    Service,
)
from acs_emulator.guid import GUID

FIRST_SCOPES = ("chat", "voip")
JOIN_SCOPES = ("chat.join", "chat.join.limited", "voip.join")  # since 2023-10-01
MIN_MINUTES, MAX_MINUTES = 60, 1440
MAX_CUSTOM_ID = 256


def create(service: Service, request: Request) -> Response:
    """Create an identity, with a token if the request names scopes: POST /identities."""
    body = request.body()
    scopes = _scopes(body, "createTokenWithScopes", request.version)
    minutes = _minutes(body, request.version)
    user_id = service.resource.create(_custom_id(body, request.version))
    if request.version in PREVIEW_2025:
        identity = service.resource.describe(user_id)
    else:
        identity = {"id": user_id}
    if not scopes:
        return 201, {"identity": identity}
    token = service.resource.issue(user_id, scopes, minutes, key=request.key)
    return 201, {"identity": identity, "accessToken": token}


def issue(service: Service, request: Request) -> Response:
    """Issue an access token: POST /identities/{id}/:issueAccessToken."""
    body = request.body()
    scopes = _scopes(body, "scopes", request.version)
    if scopes is None:
        raise required("Scopes")
    if not scopes:
        raise invalid("Invalid scopes - Scopes field is required.", "scopes")
    minutes = _minutes(body, request.version)
    return 200, service.resource.issue(request.path["id"], scopes, minutes, key=request.key)


def revoke(service: Service, request: Request) -> Response:
    """Revoke all access tokens: POST /identities/{id}/:revokeAccessTokens."""
    service.resource.revoke(request.path["id"])
    return 204, None


def delete(service: Service, request: Request) -> Response:
    """Delete an identity: DELETE /identities/{id}."""
    service.resource.delete(request.path["id"])
    return 204, None


def show(service: Service, request: Request) -> Response:
    """Show an identity: GET /identities/{id}."""
    return 200, service.resource.describe(request.path["id"])


def exchange(service: Service, request: Request) -> Response:
    """Exchange a Teams user's Entra token: POST /teamsUser/:exchangeAccessToken."""
    claims = service.entra.read_user(request.body().get("token"), TEAMS_AUDIENCE)
    if request.version >= "2022-06-01":  # earlier versions take the token only
        app_id, user_id = request.text("appId"), request.text("userId")
        if not GUID.fullmatch(app_id):
            raise invalid("Provided AppId has invalid format.", "appId")
        if not GUID.fullmatch(user_id):
            raise invalid("Provided UserId has invalid format.", "userId")
        if app_id.lower() != claims["appid"]:
            raise invalid("AAD application is not the expected one.", "appId")
        if user_id.lower() != claims["oid"]:
            raise invalid("Provided AAD token issued for unexpected user.", "userId")
    return 200, service.resource.issue_for_teams(claims, request.key)


def _scopes(body: dict[str, Any], field: str, version: str) -> list[str] | None:
    """Return the requested scopes; None if the field is null or missing."""
    scopes = body.get(field)
    if scopes is None:
        return None
    known = FIRST_SCOPES + (JOIN_SCOPES if version >= "2023-10-01" else ())
    if not isinstance(scopes, list):
        raise required(field[:1].upper() + field[1:])
    if not all(isinstance(scope, str) and scope in known for scope in scopes):
        raise invalid(f"Invalid scopes - must be among {', '.join(known)}.", "scopes")
    return scopes


def _minutes(body: dict[str, Any], version: str) -> int | None:
    """Return the requested lifetime; None for the default, and in versions without the field."""
    minutes = body.get("expiresInMinutes")
    if minutes is None or version < "2022-10-01":
        return None
    if type(minutes) is not int:
        raise required("ExpiresInMinutes")
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise invalid(
            f"ExpiresInMinutes value {minutes} is invalid."
            f" Value must be within the [{MIN_MINUTES}, {MAX_MINUTES}] interval.",
            "ExpiresInMinutes",
        )
    return minutes


def _custom_id(body: dict[str, Any], version: str) -> str | None:
    custom_id = body.get("customId")
    if custom_id is None or version not in PREVIEW_2025:
        return None
    if not isinstance(custom_id, str) or not 1 <= len(custom_id) <= MAX_CUSTOM_ID:
        raise invalid(f"CustomId must have 1 to {MAX_CUSTOM_ID} characters.", "customId")
    return custom_id


OPERATIONS = (
    Operation("POST", "/identities", VERSIONS, create),
    Operation("POST", "/identities/{id}/:issueAccessToken", VERSIONS, issue),
    Operation("POST", "/identities/{id}/:revokeAccessTokens", VERSIONS, revoke),
    Operation("DELETE", "/identities/{id}", VERSIONS, delete),
    Operation("GET", "/identities/{id}", PREVIEW_2025, show),
    Operation("POST", "/teamsUser/:exchangeAccessToken", TEAMS_VERSIONS, exchange),
)
