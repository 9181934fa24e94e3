"""The emulator's Microsoft Graph: meetings, and the errors of making them."""

from typing import Any
from urllib.parse import unquote

import pytest

from acs_emulator.defaults import IDENTITY_HEADER
from acs_emulator.entra.users import USERS
from acs_emulator.graph.routes import MAX_A_MINUTE
from tests.entra_stand_in import new_guid
from tests.raw_http import Reply, call
from tests.serving import Emulator

ALICE, BOB, _, CAROL = USERS
GRAPH = "https://graph.microsoft.com"
TIMES = {"startDateTime": "2026-11-21T08:00:00Z", "endDateTime": "2026-11-21T09:00:00Z"}


def app_token(emulator: Emulator, audience: str = GRAPH) -> str:
    """A token of the managed identity."""
    path = f"/msi/token?api-version=2019-08-01&resource={audience}"
    headers = {"X-IDENTITY-HEADER": IDENTITY_HEADER}
    token: str = call(emulator.url, "GET", path, headers=headers).json["access_token"]
    return token


def ask(emulator: Emulator, user: str, body: Any = TIMES, token: str | None = None) -> Reply:
    authorization = f"Bearer {app_token(emulator) if token is None else token}"
    path = f"/v1.0/users/{user}/onlineMeetings"
    return call(emulator.url, "POST", path, body, {"Authorization": authorization})


def failed(reply: Reply, status: int, code: str) -> bool:
    error = reply.json["error"]
    assert set(error) == {"code", "message", "innerError"}
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}
    return (reply.status, error["code"]) == (status, code)


def test_the_managed_identity_makes_a_meeting(own_emulator: Emulator) -> None:
    one, other = (ask(own_emulator, ALICE.object_id) for _ in range(2))

    assert one.status == 201
    assert one.json["startDateTime"] == TIMES["startDateTime"]
    assert one.json["endDateTime"] == TIMES["endDateTime"]
    link = unquote(one.json["joinWebUrl"])
    assert link.startswith("https://teams.microsoft.com/l/meetup-join/19:meeting_")
    assert ALICE.object_id in link
    assert other.json["joinWebUrl"] != one.json["joinWebUrl"]


@pytest.mark.parametrize("token", ["", "x", "e30.e30.e30"])
def test_a_token_of_somebody_else_is_refused(own_emulator: Emulator, token: str) -> None:
    assert failed(ask(own_emulator, ALICE.object_id, token=token), 401, "InvalidAuthenticationToken")  # fmt: skip


def test_a_token_for_another_api_is_refused(own_emulator: Emulator) -> None:
    token = app_token(own_emulator, "https://communication.azure.com")

    assert failed(ask(own_emulator, ALICE.object_id, token=token), 401, "InvalidAuthenticationToken")  # fmt: skip


def test_an_expired_token_is_refused(own_emulator: Emulator) -> None:
    token = app_token(own_emulator)
    own_emulator.clock.ahead = 25 * 3600

    assert failed(ask(own_emulator, ALICE.object_id, token=token), 401, "InvalidAuthenticationToken")  # fmt: skip


def test_without_an_application_access_policy_it_is_forbidden(own_emulator: Emulator) -> None:
    reply = ask(own_emulator, CAROL.object_id)

    assert failed(reply, 403, "Forbidden")
    assert "application access policy" in reply.json["error"]["message"]


def test_an_unknown_organizer_is_not_found(own_emulator: Emulator) -> None:
    assert failed(ask(own_emulator, new_guid()), 404, "UnknownError")


@pytest.mark.parametrize(
    "body",
    [{}, [], b"{", {"startDateTime": "soon"}, TIMES | {"endDateTime": TIMES["startDateTime"]}, TIMES | {"endDateTime": 5}],
)  # fmt: skip
def test_times_that_make_no_sense_are_refused(own_emulator: Emulator, body: Any) -> None:
    assert failed(ask(own_emulator, ALICE.object_id, body), 400, "BadRequest")


def test_too_many_meetings_of_one_organizer_are_throttled_for_a_while(
    own_emulator: Emulator,
) -> None:
    token = app_token(own_emulator)
    replies = [ask(own_emulator, BOB.object_id, token=token) for _ in range(MAX_A_MINUTE)]
    throttled = ask(own_emulator, BOB.object_id, token=token)

    assert {reply.status for reply in replies} == {201}
    assert failed(throttled, 429, "TooManyRequests")
    assert 1 <= int(throttled.headers["Retry-After"]) <= 60
    assert ask(own_emulator, ALICE.object_id, token=token).status == 201
    own_emulator.clock.ahead = 61
    assert ask(own_emulator, BOB.object_id, token=token).status == 201
