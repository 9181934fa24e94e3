"""Assignments, and the exchange of assigned users' own tokens."""

from typing import Any
from uuid import uuid4

import pytest

from tests.emulator.acs.client import send
from tests.raw_http import Reply, call
from tests.serving import Emulator
from tests.tokens import claims_of

PREVIEW = "2025-03-02-preview"
CLIENTS = "https://communication.azure.com/clients"
ENTRA = "/access/entra/assignments"


def entra_token(emulator: Emulator, **fields: Any) -> dict[str, str]:
    token: dict[str, str] = emulator.call("POST", "/emulator/teams-token", fields).json
    return token


def exchange(emulator: Emulator, kind: str, token: str, version: str = PREVIEW) -> Reply:
    path = f"/access/{kind}/:exchangeAccessToken?api-version={version}"
    return call(emulator.url, "POST", path, {}, {"Authorization": f"Bearer {token}"})


def entra_assignment() -> dict[str, Any]:
    return {"tenantId": str(uuid4()), "principalType": "user", "clientIds": [str(uuid4())]}


def test_entra_assignments_are_stored(emulator: Emulator) -> None:
    oid, body = str(uuid4()), entra_assignment()
    path = f"{ENTRA}/{oid}"

    def listed() -> list[str]:
        value = send(emulator, "GET", ENTRA, version=PREVIEW).json["value"]
        return [assignment["objectId"] for assignment in value]

    assert send(emulator, "PUT", path, body, version=PREVIEW).status == 201
    assert send(emulator, "PUT", path, body, version=PREVIEW).status == 200
    assert send(emulator, "GET", path, version=PREVIEW).json == {"objectId": oid, **body}
    assert oid in listed()
    assert send(emulator, "PATCH", ENTRA, {oid: None}, version=PREVIEW).status == 200
    assert oid not in listed()
    assert send(emulator, "PATCH", ENTRA, {oid: body}, version=PREVIEW).status == 200
    assert oid in listed()
    assert send(emulator, "DELETE", path, version=PREVIEW).status == 204
    assert send(emulator, "GET", path, version=PREVIEW).status == 404


def test_an_invalid_entra_assignment_is_refused(emulator: Emulator) -> None:
    oid, body = str(uuid4()), entra_assignment()

    def put(fields: object) -> Reply:
        return send(emulator, "PUT", f"{ENTRA}/{oid}", fields, version=PREVIEW)

    for missing in body:
        incomplete = {name: value for name, value in body.items() if name != missing}
        assert put(incomplete).json["error"]["code"] == "ValidationError"
    assert put(body | {"principalType": "robot"}).status == 400
    assert send(emulator, "PATCH", ENTRA, {oid: 5}, version=PREVIEW).status == 400


def test_an_assigned_user_exchanges_a_bearer_token(emulator: Emulator) -> None:
    entra = entra_token(emulator, audience=CLIENTS, scopes="Chat VoIP.Join")
    body = {
        "tenantId": entra["tenantId"],
        "principalType": "user",
        "clientIds": [entra["appId"]],
    }

    refused = exchange(emulator, "entra", entra["token"])
    send(emulator, "PUT", f"{ENTRA}/{entra['oid']}", body, version=PREVIEW)
    first = exchange(emulator, "entra", entra["token"])
    second = exchange(emulator, "entra", entra["token"])

    assert refused.status == 403
    assert first.status == 200
    assert first.json["identity"] == second.json["identity"]
    issued = first.json["accessToken"]["token"]
    assert emulator.examine(issued)["valid"]
    assert claims_of(issued)["acsScope"] == "chat,voip.join"
    assert claims_of(issued)["exp"] == claims_of(entra["token"])["exp"]


def test_the_exchange_refuses_other_tokens(emulator: Emulator) -> None:
    entra = entra_token(emulator, audience=CLIENTS, scopes="Chat")
    other_app = entra_token(
        emulator, audience=CLIENTS, scopes="Chat", oid=entra["oid"], tenantId=entra["tenantId"]
    )
    other_tenant = entra_token(
        emulator, audience=CLIENTS, scopes="Chat", oid=entra["oid"], appId=entra["appId"]
    )
    body = {
        "tenantId": entra["tenantId"],
        "principalType": "user",
        "clientIds": [entra["appId"]],
    }
    send(emulator, "PUT", f"{ENTRA}/{entra['oid']}", body, version=PREVIEW)

    assert exchange(emulator, "entra", other_app["token"]).status == 403
    assert exchange(emulator, "entra", other_tenant["token"]).status == 403
    assert exchange(emulator, "entra", entra_token(emulator)["token"]).status == 401
    assert exchange(emulator, "entra", "").status == 401
    assert (
        send(emulator, "POST", "/access/entra/:exchangeAccessToken", version=PREVIEW).status == 401
    )


def test_a_tenant_can_be_assigned(emulator: Emulator) -> None:
    entra = entra_token(emulator, audience=CLIENTS, scopes="VoIP")
    tenant = entra["tenantId"]
    body = {"tenantId": tenant, "principalType": "tenant", "clientIds": [entra["appId"]]}

    send(emulator, "PUT", f"{ENTRA}/{tenant}", body, version=PREVIEW)

    assert exchange(emulator, "entra", entra["token"]).status == 200


def test_a_teams_phone_user_exchanges_a_token(emulator: Emulator) -> None:
    entra = entra_token(emulator, scopes="TeamsExtension.ManageCalls")
    tenant, oid, version = entra["tenantId"], entra["oid"], "2026-09-23"
    path = f"/access/teamsExtension/tenants/{tenant}/assignments/{oid}"

    def put(fields: object) -> Reply:
        return send(emulator, "PUT", path, fields, version=version)

    assert exchange(emulator, "teamsExtension", entra["token"], version).status == 403
    assert put({}).status == 400
    assert put({"principalType": "robot"}).status == 400
    assert put({"principalType": "user", "clientIds": [str(uuid4())]}).status == 201
    assert exchange(emulator, "teamsExtension", entra["token"], version).status == 403
    assert put({"principalType": "teamsResourceAccount"}).status == 200
    assert send(emulator, "GET", path, version=version).json["tenantId"] == tenant

    response = exchange(emulator, "teamsExtension", entra["token"], version)

    assert response.status == 200
    resource = claims_of(response.json["accessToken"]["token"])["resourceId"]
    assert response.json["identity"]["id"] == f"8:acs:{resource}_{tenant}_{oid}"
    assert claims_of(response.json["accessToken"]["token"])["acsScope"] == "voip"
    assert send(emulator, "DELETE", path, version=version).status == 204
    assert send(emulator, "GET", path, version=version).status == 404


def test_a_token_stays_revoked_when_its_user_signs_in_again(emulator: Emulator) -> None:
    entra = entra_token(emulator, audience=CLIENTS, scopes="VoIP")
    body = {"tenantId": entra["tenantId"], "principalType": "user", "clientIds": [entra["appId"]]}
    send(emulator, "PUT", f"{ENTRA}/{entra['oid']}", body, version=PREVIEW)
    first = exchange(emulator, "entra", entra["token"]).json

    send(emulator, "DELETE", f"/identities/{first['identity']['id']}")
    second = exchange(emulator, "entra", entra["token"]).json

    assert second["identity"] == first["identity"]
    assert emulator.examine(first["accessToken"]["token"])["revoked"]
    assert emulator.examine(second["accessToken"]["token"])["valid"]


def test_an_assignment_gives_access_to_its_principal_only(emulator: Emulator) -> None:
    entra = entra_token(emulator, audience=CLIENTS, scopes="VoIP")
    body = {"tenantId": entra["tenantId"], "clientIds": [entra["appId"]]}
    for object_id, principal in ((entra["oid"], "group"), (entra["tenantId"], "user")):
        path = f"{ENTRA}/{object_id}"
        send(emulator, "PUT", path, body | {"principalType": principal}, version=PREVIEW)

    assert exchange(emulator, "entra", entra["token"]).status == 403


@pytest.mark.parametrize("client_ids", [5, "x", {"a": 1}, [5], [None]])
def test_client_ids_must_be_a_list_of_strings(emulator: Emulator, client_ids: object) -> None:
    teams = f"/access/teamsExtension/tenants/{uuid4()}/assignments/{uuid4()}"
    fields = {"principalType": "user", "clientIds": client_ids, "tenantId": str(uuid4())}

    for path in (teams, f"{ENTRA}/{uuid4()}"):
        assert send(emulator, "PUT", path, fields, version=PREVIEW).status == 400
