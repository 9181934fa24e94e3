"""The log: one line a request, and nothing in it that anybody must not see."""

import re

import pytest

from acs_emulator.defaults import IDENTITY_HEADER
from tests.e2e.conftest import App
from tests.serving import Emulator, Program, running_app

LINE = r"\] (\w+) (\d+) in (\d+) ms, (\d) sent to ACS, request ([0-9a-f-]{36}), (.*)\n"


def exercise(app: App, emulator: Emulator) -> list[str]:
    """Use every route, well and badly; return all that must not be logged."""
    entra = emulator.call("POST", "/emulator/teams-token").json
    teams = {"token": entra["token"], "clientId": entra["appId"], "userObjectId": entra["oid"]}
    issued = app.new_token()
    path = f"users/{issued['userId']}"
    answers = [
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
    secrets = [str(value) for answer in answers for value in answer.values()]
    return [*secrets, *teams.values(), entra["token"][:-5], emulator.access_key, "canary"]


def assert_clean(program: Program, secrets: list[str]) -> None:
    program.stop()
    for secret in secrets:
        assert secret not in program.output
        assert secret.rpartition(":")[2] not in program.output  # a user id without its prefix


@pytest.mark.parametrize("debug", ["0", "1"])
def test_nothing_secret_is_logged_with_a_key(emulator: Emulator, debug: str) -> None:
    with running_app(
        ACS_CONNECTION_STRING=emulator.connection_string,
        GUESTS="on",
        PYTHON_ENABLE_DEBUG_LOGGING=debug,
    ) as (address, program):
        secrets = exercise(App(address, program), emulator)

        assert_clean(program, secrets)
        assert len(re.findall(LINE, program.output)) == 13


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

        assert_clean(program, [*secrets, IDENTITY_HEADER])
        assert "Bearer" not in program.output


def test_a_request_is_one_line_with_what_an_operator_needs(app: App) -> None:
    refused = app.call("POST", "users/token", {"scopes": []}).json["requestId"]
    issued = app.new_token()
    missing = issued["userId"][:-4] + "0000"
    gone = app.call("POST", f"users/{missing}/token").json["requestId"]

    found = app.program.read_until(rf"issue_token .*{gone}.*\n")
    lines = {line[4]: line for line in re.findall(LINE, app.program.output)}

    assert lines[refused][:2] == ("create_user_and_token", "400")
    assert lines[refused][3] == "0"
    assert lines[refused][5].startswith("invalid-request: scopes: ")
    assert lines[gone][:2] == ("issue_token", "404")
    assert lines[gone][3] == "1"
    assert lines[gone][5].startswith("identity-not-found: ")
    assert missing not in found[0]


def test_acs_is_told_the_request_id(app: App, emulator: Emulator) -> None:
    gone = app.call("POST", f"users/{app.new_token()['userId'][:-4]}0000/token")

    assert gone.json["requestId"] in {entry["requestId"] for entry in emulator.requests()}
