"""Teams users, with the emulator's Entra."""

import json
import ssl
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acs_emulator.entra.users import USERS
from tests.e2e.conftest import App, is_problem
from tests.entra_stand_in import CLIENT_ID
from tests.serving import Emulator, running_app
from tests.trust.conftest import NO_LIMITS

OTHER = "11111111-2222-3333-4444-555555555555"

TEAMS = "https://auth.msft.communication.azure.com"


def variables(emulator: Emulator, folder: Path, **changed: str) -> dict[str, str]:
    return {
        "ACS_CONNECTION_STRING": emulator.connection_string,
        "ENTRA_AUTHORITY": emulator.tls_url,
        "ENTRA_TENANT_IDS": ",".join({user.tenant.id for user in USERS}),
        "ENTRA_CLIENT_ID": CLIENT_ID,
        "ENTRA_CLIENT_SECRET": "emulator-secret",
        "IDENTITY_SQLITE": str(folder / "identities.db"),
        "SSL_CERT_FILE": str(emulator.authority),
        "PYTHON_ENABLE_DEBUG_LOGGING": "1",
        **NO_LIMITS,
        **changed,
    }


@pytest.fixture(scope="module")
def app(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("teams")
    with running_app(**variables(emulator, folder)) as (address, program):
        yield App(address, program)
        program.stop()
    assert "eyJ" not in program.output
    assert "8:orgid" not in program.output


def sign_in(emulator: Emulator, name: str, scope: str) -> str:
    """Sign a made-up user in with name and password, as the README's curl does."""
    user = next(user for user in USERS if user.first_name.lower() == name)
    form = {
        "grant_type": "password",
        "client_id": CLIENT_ID,
        "username": user.principal_name,
        "password": "emulator",
        "scope": scope,
    }
    url = f"{emulator.tls_url}/{user.tenant.id}/oauth2/v2.0/token"
    context = ssl.create_default_context(cafile=str(emulator.authority))
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(url, data, context=context) as response:  # noqa: S310 our own
        token: str = json.load(response)["access_token"]
    return token


def bearer(emulator: Emulator, name: str) -> str:
    return f"Bearer {sign_in(emulator, name, f'api://{CLIENT_ID}/Acs.Token')}"


def teams_token(emulator: Emulator, **claims: Any) -> str:
    alice = next(user for user in USERS if user.first_name == "Alice")
    usual = {"oid": alice.object_id, "tenantId": alice.tenant.id, "appId": CLIENT_ID}
    token: str = emulator.call("POST", "/emulator/teams-token", usual | claims).json["token"]
    return token


def test_alice_signs_in_and_gets_her_identity(app: App, emulator: Emulator) -> None:
    first = app.call("POST", "me/token", authorization=bearer(emulator, "alice"))
    second = app.call("POST", "me/token", authorization=bearer(emulator, "alice"))
    bob = app.call("POST", "me/token", authorization=bearer(emulator, "bob"))

    assert first.status == 200
    assert first.json["userId"] == second.json["userId"] != bob.json["userId"]


def test_the_service_goes_on_behalf_of_the_caller(app: App, emulator: Emulator) -> None:
    reply = app.call("POST", "me/teams/token", authorization=bearer(emulator, "alice"))

    assert reply.status == 200
    assert reply.json["userId"].startswith("8:orgid:")
    assert emulator.examine(reply.json["token"])["valid"]


def test_the_caller_may_bring_a_teams_token(app: App, emulator: Emulator) -> None:
    body = {"token": sign_in(emulator, "alice", f"{TEAMS}/Teams.ManageCalls")}

    reply = app.call("POST", "me/teams/token", body, authorization=bearer(emulator, "alice"))

    assert reply.status == 200
    assert emulator.examine(reply.json["token"])["valid"]


def test_the_client_is_told_when_entra_wants_the_user_to_sign_in(
    app: App, emulator: Emulator
) -> None:
    reply = app.call("POST", "me/teams/token", authorization=bearer(emulator, "mia"))

    assert reply.status == 401
    assert reply.json["type"].endswith(":interaction-required")
    assert "access_token" in reply.json["claims"]


@pytest.mark.parametrize(
    ("claims", "slug", "word"),
    [
        ({"oid": OTHER}, "teams-token-mismatch", "(oid)"),
        ({"appId": OTHER}, "teams-token-mismatch", "(appid)"),
        ({"tenantId": OTHER}, "teams-token-mismatch", "(tid)"),
        ({"audience": "https://graph.microsoft.com"}, "invalid-teams-token", TEAMS),
        ({"scopes": "User.Read"}, "invalid-teams-token", "Teams.ManageCalls"),
        ({"expiresInMinutes": -1}, "invalid-teams-token", "expired"),
        ({"expiresInMinutes": 9}, "teams-token-expiring", "10 minutes"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_problem_says_what_is_wrong_with_a_teams_token(
    app: App, emulator: Emulator, claims: dict[str, Any], slug: str, word: str
) -> None:
    before = emulator.count_requests()
    body = {"token": teams_token(emulator, **claims)}

    reply = app.call("POST", "me/teams/token", body, authorization=bearer(emulator, "alice"))

    assert is_problem(reply, 400, slug)
    assert word in reply.json["detail"]
    assert emulator.count_requests() == before


@pytest.mark.parametrize(
    "token",
    [
        *("x", "a.b.c", "e30.e30.x", "e30.eyJleHAiOiJ4In0.x", "e30.W10.x"),
        *("e30.eyJleHAiOjFlMzAwfQ.x", "e30.eyJleHAiOk5hTn0.x", "e30.eyJleHAiOi1JbmZpbml0eX0.x"),
    ],
)
def test_text_that_is_no_teams_token_is_refused(app: App, emulator: Emulator, token: str) -> None:
    reply = app.call(
        "POST", "me/teams/token", {"token": token}, authorization=bearer(emulator, "alice")
    )

    assert is_problem(reply, 400, "invalid-teams-token")


def test_acs_refuses_a_token_with_a_wrong_signature(app: App, emulator: Emulator) -> None:
    body = {"token": teams_token(emulator)[:-6]}

    reply = app.call("POST", "me/teams/token", body, authorization=bearer(emulator, "alice"))

    assert is_problem(reply, 400, "invalid-teams-token")


def test_a_teams_token_is_no_sign_in(app: App, emulator: Emulator) -> None:
    credential = f"Bearer {teams_token(emulator)}"

    assert is_problem(
        app.call("POST", "me/teams/token", authorization=credential), 401, "unauthorized"
    )


@pytest.mark.parametrize(
    ("changed", "status", "slug"),
    [
        ({"ENTRA_CLIENT_SECRET": "another one"}, 503, "entra-unavailable"),
        ({}, 403, "not-allowed"),
    ],
)
def test_without_a_good_credential_there_is_no_on_behalf_of(
    emulator: Emulator, tmp_path: Path, changed: dict[str, str], status: int, slug: str
) -> None:
    settings = variables(emulator, tmp_path)
    del settings["ENTRA_CLIENT_SECRET"]
    with running_app(**settings | changed) as (address, program):
        caller = bearer(emulator, "alice")
        reply = App(address, program).call("POST", "me/teams/token", authorization=caller)

    assert is_problem(reply, status, slug)


def test_a_managed_identity_may_be_the_services_credential(
    emulator: Emulator, tmp_path: Path
) -> None:
    settings = variables(
        emulator,
        tmp_path,
        ENTRA_CLIENT_ASSERTION="managed-identity",
        IDENTITY_ENDPOINT=f"{emulator.url}/msi/token",
        IDENTITY_HEADER="acs-emulator",
    )
    del settings["ENTRA_CLIENT_SECRET"]
    with running_app(**settings) as (address, program):
        caller = bearer(emulator, "alice")
        reply = App(address, program).call("POST", "me/teams/token", authorization=caller)

    assert reply.status == 200
