"""Entra's token endpoint: sign-in by password, claims, and invalid requests."""

import time
from uuid import uuid4

import pytest

from tests.emulator.acs.client import send
from tests.emulator.entra.client import (
    ALICE,
    CAROL,
    CONTOSO,
    FABRIKAM,
    SERVER,
    TEAMS,
    error,
    password,
    token,
)
from tests.raw_http import call
from tests.serving import Emulator
from tests.tokens import claims_of


def test_a_v2_token_has_entras_claims(emulator: Emulator) -> None:
    client, api = str(uuid4()), str(uuid4())
    before = time.time()

    issued = password(emulator, "Alice@Contoso.Example", client, f"api://{api}/Acs.Token")
    claims = claims_of(issued["access_token"])

    assert {
        name: claims[name] for name in ("aud", "iss", "azp", "azpacr", "oid", "scp", "ver")
    } == {
        "aud": api,
        "iss": f"{emulator.url}/{CONTOSO}/v2.0",
        "azp": client,
        "azpacr": "0",
        "oid": ALICE,
        "scp": "Acs.Token",
        "ver": "2.0",
    }
    assert claims["preferred_username"] == "alice@contoso.example"
    assert claims["tid"] == CONTOSO
    assert claims["iat"] == claims["nbf"] == claims["exp"] - 3900
    assert abs(claims["iat"] + 300 - before) < 5
    assert claims["sub"] != ALICE
    assert claims["uti"]
    assert not {"roles", "idtyp", "appid"} & set(claims)
    assert set(issued) == {"token_type", "expires_in", "ext_expires_in", "access_token", "scope"}


def test_a_v1_token_has_entras_claims(own_emulator: Emulator) -> None:
    client, api = str(uuid4()), str(uuid4())
    response = own_emulator.call("POST", "/emulator/entra/token-version", {"version": 1})

    issued = password(own_emulator, "carol@fabrikam.example", client, f"api://{api}/.default")
    claims = claims_of(issued["access_token"])

    assert (response.status, response.json) == (200, {"version": 1})
    assert (claims["aud"], claims["ver"]) == (f"api://{api}", "1.0")
    assert claims["iss"] == f"{own_emulator.url}/{FABRIKAM}/"
    assert (claims["appid"], claims["appidacr"]) == (client, "0")
    assert (claims["oid"], claims["scp"]) == (CAROL, "Acs.Token")
    assert claims["unique_name"] == claims["upn"] == "carol@fabrikam.example"
    assert not {"azp", "preferred_username"} & set(claims)

    own_emulator.call("POST", "/emulator/reset")
    again = password(own_emulator, "carol@fabrikam.example", client, f"{api}/Acs.Token")

    assert claims_of(again["access_token"])["ver"] == "2.0"


@pytest.mark.parametrize("body", [{}, {"version": 3}, {"version": True}, b"{", b"[]"])
def test_other_token_versions_are_refused(emulator: Emulator, body: object) -> None:
    assert emulator.call("POST", "/emulator/entra/token-version", body).status == 400


@pytest.mark.parametrize(
    ("scope", "audience", "permissions"),
    [
        (f"{TEAMS}/.default", TEAMS, "Teams.ManageCalls Teams.ManageChats"),
        (f"{TEAMS}/Teams.ManageCalls", TEAMS, "Teams.ManageCalls"),
        (f"{TEAMS}/TeamsExtension.ManageCalls", TEAMS, "TeamsExtension.ManageCalls"),
        ("https://communication.azure.com/clients/VoIP https://communication.azure.com/clients/Chat",
         "https://communication.azure.com/clients", "VoIP Chat"),
        (SERVER, "https://communication.azure.com/", "user_impersonation"),
        ("openid profile", "https://graph.microsoft.com", "openid profile email"),
        ("User.Read", "https://graph.microsoft.com", "User.Read"),
    ],
)  # fmt: skip
def test_microsofts_apis_get_v1_tokens(
    emulator: Emulator, scope: str, audience: str, permissions: str
) -> None:
    issued = password(emulator, "bob@contoso.example", str(uuid4()), scope)
    claims = claims_of(issued["access_token"])

    assert (claims["aud"], claims["scp"], claims["ver"]) == (audience, permissions, "1.0")
    assert set(scope.split()) <= set(issued["scope"].split())


def test_openid_and_offline_access_add_their_tokens(emulator: Emulator) -> None:
    def brought(scope: str) -> set[str]:
        issued = password(emulator, "alice@contoso.example", str(uuid4()), scope)
        return set(issued) & {"id_token", "refresh_token"}

    assert brought("User.Read") == set()
    assert brought("User.Read openid") == {"id_token"}
    assert brought("User.Read offline_access") == {"refresh_token"}


def test_acs_does_not_accept_a_users_token(emulator: Emulator) -> None:
    issued = password(emulator, "alice@contoso.example", str(uuid4()), SERVER)["access_token"]
    path, bearer = "/identities?api-version=2023-10-01", {"Authorization": f"Bearer {issued}"}

    assert call(emulator.url, "POST", path, headers=bearer).status == 401


def test_an_assigned_user_exchanges_an_entra_token(emulator: Emulator) -> None:
    client, version = str(uuid4()), "2025-03-02-preview"
    issued = password(
        emulator, "alice@contoso.example", client, "https://communication.azure.com/clients/VoIP"
    )
    body = {"tenantId": CONTOSO, "principalType": "user", "clientIds": [client]}
    send(emulator, "PUT", f"/access/entra/assignments/{ALICE}", body, version=version)

    path = f"/access/entra/:exchangeAccessToken?api-version={version}"
    bearer = {"Authorization": f"Bearer {issued['access_token']}"}
    reply = call(emulator.url, "POST", path, {}, bearer)

    assert emulator.examine(reply.json["accessToken"]["token"])["valid"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"username": "nobody@contoso.example"}, (400, "invalid_grant", 50034)),
        ({"password": "wrong"}, (400, "invalid_grant", 50126)),
        ({"username": ""}, (400, "invalid_request", 900144)),
        ({"password": ""}, (400, "invalid_request", 900144)),
        ({"scope": ""}, (400, "invalid_request", 900144)),
        ({"scope": "https://unknown.example/.default"}, (400, "invalid_resource", 500011)),
        ({"scope": f"{TEAMS}/x User.Read"}, (400, "invalid_request", 28000)),
        ({"client_id": ""}, (400, "invalid_request", 900144)),
        ({"client_id": "no guid"}, (400, "unauthorized_client", 700016)),
        ({"grant_type": ""}, (400, "invalid_request", 900144)),
        ({"grant_type": "implicit"}, (400, "unsupported_grant_type", 70003)),
    ],
)
def test_an_invalid_request_is_refused(
    emulator: Emulator, changed: dict[str, str], expected: tuple[int, str, int]
) -> None:
    form = {
        "grant_type": "password",
        "client_id": str(uuid4()),
        "username": "alice@contoso.example",
        "password": "emulator",
        "scope": "User.Read",
    }

    assert error(token(emulator, **(form | changed))) == expected


def test_users_sign_in_in_their_own_tenant(emulator: Emulator) -> None:
    def status(tenant: str) -> int:
        form = {"client_id": str(uuid4()), "username": "carol@fabrikam.example", "scope": "openid"}
        return token(emulator, tenant, grant_type="password", password="emulator", **form).status

    assert [status(tenant) for tenant in ("common", "adfs", FABRIKAM, CONTOSO)] == [200] * 3 + [400]


@pytest.mark.parametrize("content", [b"{}", b"\xff\xfe=%ff", b""])
def test_a_body_that_is_not_a_form_is_refused(emulator: Emulator, content: bytes) -> None:
    reply = call(emulator.url, "POST", "/common/oauth2/v2.0/token", content)

    assert error(reply) == (400, "invalid_request", 900144)


def test_an_error_names_the_callers_correlation_id(emulator: Emulator) -> None:
    correlation_id, path = str(uuid4()), "/common/oauth2/v2.0/token"

    reply = call(emulator.url, "POST", path, headers={"client-request-id": correlation_id})

    assert reply.json["correlation_id"] == correlation_id
