"""Clients that sign in as themselves: by secret, managed identity or certificate."""

import time
from typing import Any
from uuid import uuid4

import pytest

from acs_emulator.defaults import IDENTITY_HEADER
from tests.emulator.acs.client import send
from tests.emulator.entra.client import (
    ASSERTION_TYPE,
    CONTOSO,
    SECRET,
    SERVER,
    TEAMS,
    client_credentials,
    error,
    token,
    unsigned,
)
from tests.raw_http import Reply, call
from tests.serving import Emulator
from tests.tokens import claims_of


def test_a_client_signs_in_as_itself(emulator: Emulator) -> None:
    client = str(uuid4())

    issued = client_credentials(emulator, client_id=client).json
    again = client_credentials(emulator, client_id=client.upper()).json
    claims = claims_of(issued["access_token"])

    assert set(issued) == {"token_type", "expires_in", "ext_expires_in", "access_token"}
    assert (claims["azp"], claims["azpacr"], claims["idtyp"]) == (client, "1", "app")
    assert claims["roles"] == ["Acs.Token"]
    assert claims["oid"] == claims["sub"] == claims_of(again["access_token"])["oid"]
    assert not {"scp", "preferred_username"} & set(claims)


def test_acs_accepts_a_clients_token(emulator: Emulator) -> None:
    issued = client_credentials(emulator, scope=SERVER).json["access_token"]
    path, bearer = "/identities?api-version=2023-10-01", {"Authorization": f"Bearer {issued}"}

    assert call(emulator.url, "POST", path, headers=bearer).status == 201


def test_a_clients_own_token_is_not_exchanged(emulator: Emulator) -> None:
    client = str(uuid4())
    issued = client_credentials(emulator, client_id=client, scope=f"{TEAMS}/.default").json
    body = {"token": issued["access_token"], "appId": client, "userId": str(uuid4())}

    assert send(emulator, "POST", "/teamsUser/:exchangeAccessToken", body).status == 401


@pytest.mark.parametrize(
    ("tenant", "changed", "expected"),
    [
        ("nowhere", {}, (400, "invalid_tenant", 90002)),
        ("organizations", {}, (400, "invalid_request", 50059)),
        (CONTOSO, {"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        (CONTOSO, {"scope": "User.Read"}, (400, "invalid_scope", 1002012)),
        (CONTOSO, {"scope": "openid"}, (400, "invalid_scope", 1002012)),
    ],
)
def test_an_invalid_client_credentials_request_is_refused(
    emulator: Emulator, tenant: str, changed: dict[str, str], expected: tuple[int, str, int]
) -> None:
    assert error(client_credentials(emulator, tenant, **changed)) == expected


def managed_identity_token(emulator: Emulator, audience: str) -> str:
    path = f"/msi/token?api-version=2019-08-01&resource={audience}"
    reply = call(emulator.url, "GET", path, headers={"X-IDENTITY-HEADER": IDENTITY_HEADER})
    issued: str = reply.json["access_token"]
    return issued


def with_assertion(emulator: Emulator, client: str, assertion: str, **form: str) -> Reply:
    sent = {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_assertion": assertion,
        "client_assertion_type": ASSERTION_TYPE,
        "scope": SERVER,
    }
    return token(emulator, CONTOSO, **(sent | form))


def test_a_managed_identity_replaces_a_secret(emulator: Emulator) -> None:
    assertion = managed_identity_token(emulator, "api://AzureADTokenExchange")

    issued = with_assertion(emulator, str(uuid4()), assertion).json["access_token"]

    assert (claims_of(issued)["appidacr"], claims_of(issued)["idtyp"]) == ("2", "app")


def test_other_managed_identity_tokens_do_not_replace_a_secret(own_emulator: Emulator) -> None:
    client = str(uuid4())
    other = managed_identity_token(own_emulator, "https://communication.azure.com/")
    late = managed_identity_token(own_emulator, "api://AzureADTokenExchange")
    own_emulator.clock.ahead = 24 * 3600 + 1

    assert error(with_assertion(own_emulator, client, other))[:2] == (401, "invalid_client")
    assert error(with_assertion(own_emulator, client, late))[:2] == (401, "invalid_client")


def certificate(emulator: Emulator, client: str, **changed: Any) -> str:
    claims = {
        "iss": client,
        "sub": client,
        "aud": f"{emulator.url}/{CONTOSO}/oauth2/v2.0/token",
        "nbf": time.time() - 1,
        "exp": time.time() + 60,
    }
    return unsigned(claims | changed)


def test_a_certificates_assertion_is_accepted(emulator: Emulator) -> None:
    client = str(uuid4())

    reply = with_assertion(emulator, client, certificate(emulator, client))

    assert claims_of(reply.json["access_token"])["appidacr"] == "2"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"iss": "x"}, 700021),
        ({"sub": "x"}, 700021),
        ({"aud": "https://elsewhere.example/"}, 700023),
        ({"exp": 1}, 700024),
        ({"nbf": time.time() + 3600}, 700024),
        ({"exp": "soon"}, 50027),
        ({"exp": None}, 50027),
    ],
)
def test_a_certificates_assertion_with_a_wrong_claim_is_refused(
    emulator: Emulator, changed: dict[str, Any], code: int
) -> None:
    client = str(uuid4())

    reply = with_assertion(emulator, client, certificate(emulator, client, **changed))

    assert error(reply) == (401, "invalid_client", code)


@pytest.mark.parametrize(
    "assertion", ["", "a.b.c", "x", unsigned({}, "none"), unsigned({}, "HS256")]
)
def test_a_malformed_assertion_is_refused(emulator: Emulator, assertion: str) -> None:
    assert error(with_assertion(emulator, str(uuid4()), assertion)) == (
        401, "invalid_client", 50027,
    )  # fmt: skip


def test_an_assertion_requires_its_type(emulator: Emulator) -> None:
    client = str(uuid4())
    assertion = certificate(emulator, client)

    reply = with_assertion(emulator, client, assertion, client_assertion_type="else")

    assert error(reply) == (400, "invalid_request", 900144)


def test_the_v1_endpoint_accepts_a_resource(emulator: Emulator) -> None:
    client = str(uuid4())
    form = {"client_id": client, "client_secret": SECRET, "resource": f"api://{client}"}
    content = "&".join(f"{name}={value}" for name, value in form.items())

    reply = call(
        emulator.url,
        "POST",
        f"/{CONTOSO}/oauth2/token",
        f"grant_type=client_credentials&{content}".encode(),
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    )

    assert claims_of(reply.json["access_token"])["aud"] == client
