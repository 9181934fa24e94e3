"""The exchange of Teams users' tokens, with the recorded responses."""

import pytest

from tests.emulator.acs.client import error_body, send
from tests.serving import Emulator

OTHER = "11111111-2222-3333-4444-555555555555"
TEAMS = "/teamsUser/:exchangeAccessToken"
VERSIONS_HEADER = "api-supported-versions"


@pytest.mark.parametrize(
    ("changed", "status", "expected", "lists_versions"),
    [
        ({"token": "", "userId": ""}, 401, error_body("InvalidAccessToken", "Provided access token is not valid."), False),
        ({"token": "garbage"}, 401, error_body("InvalidAccessToken", "Provided access token is not valid."), False),
        ({"token": None}, 401, error_body("InvalidAccessToken", "Provided access token is not valid."), False),
        ({"appId": ""}, 400, error_body("ValidationError", "AppId: The AppId field is required.", "AppId"), False),
        ({"userId": ""}, 400, error_body("ValidationError", "UserId: The UserId field is required.", "UserId"), False),
        ({"appId": "x"}, 400, error_body("ValidationError", "Provided AppId has invalid format.", "appId"), True),
        ({"userId": "x"}, 400, error_body("ValidationError", "Provided UserId has invalid format.", "userId"), True),
        ({"appId": OTHER}, 400, error_body("ValidationError", "AAD application is not the expected one.", "appId"), True),
        ({"userId": OTHER}, 400, error_body("ValidationError", "Provided AAD token issued for unexpected user.", "userId"), True),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) and "error" not in value else "",
)  # fmt: skip
def test_a_refused_exchange_has_the_recorded_response(
    emulator: Emulator,
    changed: dict[str, str],
    status: int,
    expected: object,
    *,
    lists_versions: bool,
) -> None:
    entra = emulator.call("POST", "/emulator/teams-token").json
    body = {"token": entra["token"], "appId": entra["appId"], "userId": entra["oid"]}

    reply = send(emulator, "POST", TEAMS, body | changed)

    assert (reply.status, reply.json) == (status, expected)
    assert (VERSIONS_HEADER in reply.headers) is lists_versions


def test_an_expired_teams_token_is_not_valid(emulator: Emulator) -> None:
    entra = emulator.call("POST", "/emulator/teams-token", {"expiresInMinutes": -1}).json
    body = {"token": entra["token"], "appId": entra["appId"], "userId": entra["oid"]}

    reply = send(emulator, "POST", TEAMS, body)

    assert (reply.status, reply.json["error"]["code"]) == (401, "InvalidAccessToken")


def test_an_exchange_lists_the_versions_that_have_it(emulator: Emulator) -> None:
    entra = emulator.call("POST", "/emulator/teams-token").json
    body = {"token": entra["token"], "appId": entra["appId"], "userId": entra["oid"]}

    reply = send(emulator, "POST", TEAMS, body)

    assert reply.headers[VERSIONS_HEADER].startswith("2021-10-31-preview, 2022-06-01, ")
