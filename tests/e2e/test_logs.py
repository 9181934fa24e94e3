"""The log: one record for each request, and no secret in it."""

import json
import re
from typing import Any

import pytest

from acs_emulator.defaults import IDENTITY_HEADER
from tests.e2e.conftest import App
from tests.programs import Program
from tests.serving import Emulator, running_app

RECORD = r'\] (\{"event":"request",.*\})\n'


def exercise(app: App, emulator: Emulator) -> list[str]:
    """Send good and bad requests to every route; return all that must not be logged."""
    entra = emulator.call("POST", "/emulator/teams-token").json
    teams = {"token": entra["token"], "clientId": entra["appId"], "userObjectId": entra["oid"]}
    issued = app.new_token()
    path = f"users/{issued['userId']}"
    responses = [
        issued,
        app.call("POST", "users").json,
        app.call("POST", f"{path}/token").json,
        app.call("POST", f"{path}/token/refresh").json,
        app.call("POST", "teams/token", teams).json,
        app.call("GET", "guest/token?scope=voip").json,
    ]
    app.call("POST", f"{path}/revoke")
    app.call("DELETE", path)
    app.call("POST", f"{path}/token")  # gone
    app.call("POST", "users/8:acs:canary/token")
    app.call("POST", "users/token", b'{"canary": "canary"', content_type="application/json")
    app.call("POST", "users/token", {"canary": "canary", "scopes": ["canary"]})
    app.call("POST", "teams/token", teams | {"token": entra["token"][:-5]})
    names = ("userId", "token", "expiresOn", "guestHandle")
    secrets = [response[name] for response in responses for name in names if name in response]
    return [*secrets, *teams.values(), entra["token"][:-5], emulator.access_key, "canary"]


def assert_no_secret_is_logged(program: Program, secrets: list[str]) -> None:
    program.stop()
    for secret in secrets:
        assert secret not in program.output
        assert secret.rpartition(":")[2] not in program.output  # a user id without its prefix


def requests(program: Program) -> list[dict[str, Any]]:
    """What the records of requests say."""
    return [json.loads(line) for line in re.findall(RECORD, program.output)]


@pytest.mark.parametrize("debug", ["0", "1"])
def test_nothing_secret_is_logged_with_a_key(emulator: Emulator, debug: str) -> None:
    with running_app(
        ACS_CONNECTION_STRING=emulator.connection_string,
        GUESTS="on",
        PYTHON_ENABLE_DEBUG_LOGGING=debug,
    ) as (address, program):
        secrets = exercise(App(address, program), emulator)

        assert_no_secret_is_logged(program, secrets)
        assert len(requests(program)) == 13


def test_nothing_secret_is_logged_with_a_managed_identity(emulator: Emulator) -> None:
    with running_app(
        ACS_ENDPOINT=emulator.tls_url,
        IDENTITY_ENDPOINT=f"{emulator.url}/msi/token",
        IDENTITY_HEADER=IDENTITY_HEADER,
        SSL_CERT_FILE=str(emulator.authority),
        GUESTS="on",
        PYTHON_ENABLE_DEBUG_LOGGING="1",
    ) as (address, program):
        secrets = exercise(App(address, program), emulator)

        assert_no_secret_is_logged(program, [*secrets, IDENTITY_HEADER])
        assert "Bearer" not in program.output


def test_a_request_is_one_record_with_what_an_operator_needs(app: App) -> None:
    refused = app.call("POST", "users/token", {"scopes": []}).json["requestId"]
    issued = app.new_token()
    missing = issued["userId"][:-4] + "0000"
    gone = app.call("POST", f"users/{missing}/token").json["requestId"]

    app.program.read_until(rf'"request".*{gone}.*\n')
    records = {record["requestId"]: record for record in requests(app.program)}

    for record in (records[refused], records[gone]):
        assert record.pop("milliseconds") >= 0
    assert records[refused].pop("detail").startswith("scopes: ")
    assert records[refused] == {
        "event": "request",
        "function": "create_user_and_token",
        "family": "users",
        "status": 400,
        "acsRequests": 0,
        "requestId": refused,
        "outcome": "invalid-request",
    }
    assert missing not in records[gone].pop("detail")
    assert records[gone] == {
        "event": "request",
        "function": "issue_token",
        "family": "users",
        "status": 404,
        "acsRequests": 2,
        "requestId": gone,
        "outcome": "identity-not-found",
    }


def test_acs_is_told_the_request_id(app: App, emulator: Emulator) -> None:
    gone = app.call("POST", f"users/{app.new_token()['userId'][:-4]}0000/token")

    assert gone.json["requestId"] in {entry["requestId"] for entry in emulator.requests()}
