"""Operations on assignments, and the exchange of assigned Entra users' own tokens.

An assignment allows an Entra user to get access tokens with an Entra token.
https://learn.microsoft.com/azure/communication-services/concepts/identity-model
"""

from collections.abc import Sequence
from typing import Any

from acs_emulator.acs.entra_tokens import CLIENTS_AUDIENCE, TEAMS_AUDIENCE
from acs_emulator.acs.errors import invalid, no_access, no_assignment, required
from acs_emulator.acs.operations import (
    PREVIEW_2025,
    TEAMS_EXTENSION_VERSIONS,
    Operation,
    Request,
    Response,
    Service,
)
from acs_emulator.acs.resource import Assignment
from acs_emulator.signing import Claims

ENTRA_PRINCIPALS = ("user", "group", "tenant")
TEAMS_PRINCIPALS = ("user", "resourceAccount", "teamsResourceAccount")
TEAMS_SCOPES = {"ManageCalls": "voip", "ManageChats": "chat"}


def list_entra(service: Service, request: Request) -> Response:
    """List the assignments: GET /access/entra/assignments."""
    return 200, {"value": list(service.resource.entra_assignments.values())}


def patch_entra(service: Service, request: Request) -> Response:
    """Set several assignments, or remove those that are null: PATCH /access/entra/assignments."""
    checked = {
        object_id: None if fields is None else _entra_assignment(object_id, fields)
        for object_id, fields in request.body().items()
    }
    for object_id, assignment in checked.items():
        if assignment is None:
            service.resource.entra_assignments.pop(object_id, None)
        else:
            service.resource.entra_assignments[object_id] = assignment
    return list_entra(service, request)


def put_entra(service: Service, request: Request) -> Response:
    """Set one assignment: PUT /access/entra/assignments/{objectId}."""
    object_id = request.path["objectId"]
    assignment = _entra_assignment(object_id, request.body())
    return _put(service.resource.entra_assignments, object_id, assignment)


def get_entra(service: Service, request: Request) -> Response:
    """Show one assignment: GET /access/entra/assignments/{objectId}."""
    return 200, _find(service.resource.entra_assignments, request.path["objectId"])


def delete_entra(service: Service, request: Request) -> Response:
    """Remove one assignment: DELETE /access/entra/assignments/{objectId}."""
    service.resource.entra_assignments.pop(request.path["objectId"], None)
    return 204, None


def exchange_entra(service: Service, request: Request) -> Response:
    """Exchange the bearer token of the user: POST /access/entra/:exchangeAccessToken."""
    claims = service.entra.read_user(request.bearer, CLIENTS_AUDIENCE)
    assignments = service.resource.entra_assignments
    for principal, object_id in (("user", claims["oid"]), ("tenant", claims["tid"])):
        found = assignments.get(object_id)
        if found and (found["principalType"], found["tenantId"]) == (principal, claims["tid"]):
            break
    else:
        raise no_access()
    if claims["appid"] not in found["clientIds"]:
        raise no_access()
    return _issue(service, claims, claims["scp"].lower().split())


def put_teams(service: Service, request: Request) -> Response:
    """Set one: PUT /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}."""
    body = request.body()
    assignment = {
        "objectId": request.path["objectId"],
        "tenantId": request.path["tenantId"],
        "principalType": _principal_type(body, TEAMS_PRINCIPALS),
        "clientIds": _client_ids(body) if body.get("clientIds") else [],
    }
    return _put(service.resource.teams_assignments, _teams_key(request), assignment)


def get_teams(service: Service, request: Request) -> Response:
    """Show one: GET /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}."""
    return 200, _find(service.resource.teams_assignments, _teams_key(request))


def delete_teams(service: Service, request: Request) -> Response:
    """Remove one: DELETE /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}."""
    service.resource.teams_assignments.pop(_teams_key(request), None)
    return 204, None


def exchange_teams(service: Service, request: Request) -> Response:
    """Exchange the bearer token of the user: POST /access/teamsExtension/:exchangeAccessToken."""
    claims = service.entra.read_user(request.bearer, TEAMS_AUDIENCE)
    found = service.resource.teams_assignments.get(f"{claims['tid']}/{claims['oid']}")
    if found is None or (found["clientIds"] and claims["appid"] not in found["clientIds"]):
        raise no_access()
    granted = (scope.partition(".")[2] for scope in claims["scp"].split())
    return _issue(service, claims, [TEAMS_SCOPES[name] for name in granted if name in TEAMS_SCOPES])


def _issue(service: Service, claims: Claims, scopes: Sequence[str]) -> Response:
    user_id = service.resource.create_for_entra_user(claims["tid"], claims["oid"])
    issued = service.resource.issue(user_id, scopes, until=claims["exp"])
    return 200, {"identity": {"id": user_id}, "accessToken": issued}


def _entra_assignment(object_id: str, fields: object) -> Assignment:
    if not isinstance(fields, dict):
        raise required("Assignment")
    tenant_id = fields.get("tenantId")
    if not isinstance(tenant_id, str):
        raise required("TenantId")
    client_ids = _client_ids(fields)
    principal = _principal_type(fields, ENTRA_PRINCIPALS)
    return {
        "objectId": object_id,
        "tenantId": tenant_id,
        "principalType": principal,
        "clientIds": client_ids,
    }


def _client_ids(fields: dict[str, Any]) -> list[str]:
    client_ids = fields.get("clientIds")
    if not isinstance(client_ids, list) or not all(isinstance(each, str) for each in client_ids):
        raise required("ClientIds")
    return client_ids


def _principal_type(fields: dict[str, Any], allowed: tuple[str, ...]) -> str:
    principal = fields.get("principalType")
    if principal is None:
        raise required("PrincipalType")
    if principal not in allowed:
        raise invalid(f"PrincipalType must be one of {', '.join(allowed)}.", "principalType")
    return str(principal)


def _put(assignments: dict[str, Assignment], key: str, assignment: Assignment) -> Response:
    status = 200 if key in assignments else 201
    assignments[key] = assignment
    return status, assignment


def _find(assignments: dict[str, Assignment], key: str) -> Assignment:
    if key not in assignments:
        raise no_assignment()
    return assignments[key]


def _teams_key(request: Request) -> str:
    return f"{request.path['tenantId']}/{request.path['objectId']}"


_ENTRA = "/access/entra/assignments"
_ENTRA_EXCHANGE = "/access/entra/:exchangeAccessToken"
_TEAMS = "/access/teamsExtension/tenants/{tenantId}/assignments/{objectId}"
_TEAMS_EXCHANGE = "/access/teamsExtension/:exchangeAccessToken"

OPERATIONS = (
    Operation("GET", _ENTRA, PREVIEW_2025, list_entra),
    Operation("PATCH", _ENTRA, PREVIEW_2025, patch_entra),
    Operation("PUT", f"{_ENTRA}/{{objectId}}", PREVIEW_2025, put_entra),
    Operation("GET", f"{_ENTRA}/{{objectId}}", PREVIEW_2025, get_entra),
    Operation("DELETE", f"{_ENTRA}/{{objectId}}", PREVIEW_2025, delete_entra),
    Operation("POST", _ENTRA_EXCHANGE, PREVIEW_2025, exchange_entra, by_user=True),
    Operation("PUT", _TEAMS, TEAMS_EXTENSION_VERSIONS, put_teams),
    Operation("GET", _TEAMS, TEAMS_EXTENSION_VERSIONS, get_teams),
    Operation("DELETE", _TEAMS, TEAMS_EXTENSION_VERSIONS, delete_teams),
    Operation("POST", _TEAMS_EXCHANGE, TEAMS_EXTENSION_VERSIONS, exchange_teams, by_user=True),
)
