"""Entra users who bring their own tokens: who is assigned, and the two exchanges.

https://learn.microsoft.com/azure/communication-services/concepts/identity-model
"""

from collections.abc import Sequence
from typing import Any

from acs_emulator.acs.errors import invalid, no_access, no_assignment, required
from acs_emulator.acs.operations import (
    PREVIEW_2025,
    TEAMS_EXTENSION_VERSIONS,
    Answer,
    Call,
    Operation,
    Service,
)
from acs_emulator.acs.resource import Assignment
from acs_emulator.entra.provider import TEAMS_AUDIENCE, EntraUser
from acs_emulator.tokens import Claims

CLIENTS_AUDIENCE = "https://communication.azure.com/clients"
ENTRA_PRINCIPALS = ("user", "group", "tenant")
TEAMS_PRINCIPALS = ("user", "resourceAccount", "teamsResourceAccount")
TEAMS_SCOPES = {"ManageCalls": "voip", "ManageChats": "chat"}


def list_entra(service: Service, call: Call) -> Answer:
    """List the assignments: GET /access/entra/assignments."""
    return 200, {"value": list(service.resource.entra_assignments.values())}


def patch_entra(service: Service, call: Call) -> Answer:
    """Set several, null removes: PATCH /access/entra/assignments."""
    checked = {
        object_id: None if members is None else _entra(object_id, members)
        for object_id, members in call.body().items()
    }
    for object_id, assignment in checked.items():
        if assignment is None:
            service.resource.entra_assignments.pop(object_id, None)
        else:
            service.resource.entra_assignments[object_id] = assignment
    return list_entra(service, call)


def put_entra(service: Service, call: Call) -> Answer:
    """Set one: PUT /access/entra/assignments/{objectId}."""
    object_id = call.path["objectId"]
    return _put(service.resource.entra_assignments, object_id, _entra(object_id, call.body()))


def get_entra(service: Service, call: Call) -> Answer:
    """Show one: GET /access/entra/assignments/{objectId}."""
    return 200, _find(service.resource.entra_assignments, call.path["objectId"])


def delete_entra(service: Service, call: Call) -> Answer:
    """Remove one: DELETE /access/entra/assignments/{objectId}."""
    service.resource.entra_assignments.pop(call.path["objectId"], None)
    return 204, None


def exchange_entra(service: Service, call: Call) -> Answer:
    """Exchange the bearer's token: POST /access/entra/:exchangeAccessToken."""
    claims = service.entra.read_user(call.bearer, CLIENTS_AUDIENCE)
    assignments = service.resource.entra_assignments
    for principal, object_id in (("user", claims["oid"]), ("tenant", claims["tid"])):
        found = assignments.get(object_id)
        if found and (found["principalType"], found["tenantId"]) == (principal, claims["tid"]):
            break
    else:
        raise no_access()
    if claims["appid"] not in found["clientIds"]:
        raise no_access()
    return _admit(service, claims, claims["scp"].lower().split())


def put_teams(service: Service, call: Call) -> Answer:
    """Set one: PUT /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}."""
    body = call.body()
    assignment = {
        "objectId": call.path["objectId"],
        "tenantId": call.path["tenantId"],
        "principalType": _one_of(body, TEAMS_PRINCIPALS),
        "clientIds": _client_ids(body) if body.get("clientIds") else [],
    }
    return _put(service.resource.teams_assignments, _teams_key(call), assignment)


def get_teams(service: Service, call: Call) -> Answer:
    """Show one: GET /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}."""
    return 200, _find(service.resource.teams_assignments, _teams_key(call))


def delete_teams(service: Service, call: Call) -> Answer:
    """Remove one: DELETE /access/teamsExtension/tenants/{tenantId}/assignments/{objectId}."""
    service.resource.teams_assignments.pop(_teams_key(call), None)
    return 204, None


def exchange_teams(service: Service, call: Call) -> Answer:
    """Exchange the bearer's token: POST /access/teamsExtension/:exchangeAccessToken."""
    claims = service.entra.read_user(call.bearer, TEAMS_AUDIENCE)
    found = service.resource.teams_assignments.get(f"{claims['tid']}/{claims['oid']}")
    if found is None or (found["clientIds"] and claims["appid"] not in found["clientIds"]):
        raise no_access()
    granted = (scope.partition(".")[2] for scope in claims["scp"].split())
    return _admit(service, claims, [TEAMS_SCOPES[name] for name in granted if name in TEAMS_SCOPES])


def _admit(service: Service, claims: Claims, scopes: Sequence[str]) -> Answer:
    user_id = service.resource.admit(EntraUser(claims["oid"], claims["tid"], claims["appid"]))
    issued = service.resource.issue(user_id, scopes, until=claims["exp"])
    return 200, {"identity": {"id": user_id}, "accessToken": issued}


def _entra(object_id: str, members: object) -> Assignment:
    if not isinstance(members, dict):
        raise required("Assignment")
    tenant_id = members.get("tenantId")
    if not isinstance(tenant_id, str):
        raise required("TenantId")
    client_ids = _client_ids(members)
    principal = _one_of(members, ENTRA_PRINCIPALS)
    return {
        "objectId": object_id,
        "tenantId": tenant_id,
        "principalType": principal,
        "clientIds": client_ids,
    }


def _client_ids(members: dict[str, Any]) -> list[str]:
    client_ids = members.get("clientIds")
    if not isinstance(client_ids, list) or not all(isinstance(each, str) for each in client_ids):
        raise required("ClientIds")
    return client_ids


def _one_of(members: dict[str, Any], principals: tuple[str, ...]) -> str:
    principal = members.get("principalType")
    if principal is None:
        raise required("PrincipalType")
    if principal not in principals:
        raise invalid(f"PrincipalType must be one of {', '.join(principals)}.", "principalType")
    return str(principal)


def _put(assignments: dict[str, Assignment], key: str, assignment: Assignment) -> Answer:
    status = 200 if key in assignments else 201
    assignments[key] = assignment
    return status, assignment


def _find(assignments: dict[str, Assignment], key: str) -> Assignment:
    if key not in assignments:
        raise no_assignment()
    return assignments[key]


def _teams_key(call: Call) -> str:
    return f"{call.path['tenantId']}/{call.path['objectId']}"


_ENTRA = "/access/entra/assignments"
_TEAMS = "/access/teamsExtension/tenants/{tenantId}/assignments/{objectId}"

OPERATIONS = (
    Operation("GET", _ENTRA, PREVIEW_2025, list_entra),
    Operation("PATCH", _ENTRA, PREVIEW_2025, patch_entra),
    Operation("PUT", f"{_ENTRA}/{{objectId}}", PREVIEW_2025, put_entra),
    Operation("GET", f"{_ENTRA}/{{objectId}}", PREVIEW_2025, get_entra),
    Operation("DELETE", f"{_ENTRA}/{{objectId}}", PREVIEW_2025, delete_entra),
    Operation(
        "POST",
        "/access/entra/:exchangeAccessToken",
        PREVIEW_2025,
        exchange_entra,
        signed_by_user=True,
    ),
    Operation("PUT", _TEAMS, TEAMS_EXTENSION_VERSIONS, put_teams),
    Operation("GET", _TEAMS, TEAMS_EXTENSION_VERSIONS, get_teams),
    Operation("DELETE", _TEAMS, TEAMS_EXTENSION_VERSIONS, delete_teams),
    Operation(
        "POST",
        "/access/teamsExtension/:exchangeAccessToken",
        TEAMS_EXTENSION_VERSIONS,
        exchange_teams,
        signed_by_user=True,
    ),
)
