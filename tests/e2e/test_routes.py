"""Every route: HTTP, local host, triggers, SDK, emulator."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.e2e.conftest import App, is_problem
from tests.raw_http import Reply
from tests.serving import Emulator
from tests.tokens import claims_of


def lifetime(reply: Reply) -> timedelta:
    """How long the token lives; also checks how its end is written."""
    text = reply.json["expiresOn"]
    assert len(text) == len("2026-11-21T08:00:00.000Z")
    assert text[19] == "."
    assert text.endswith("Z")
    return datetime.fromisoformat(text) - datetime.now(UTC)


def is_about(seen: timedelta, minutes: int) -> bool:
    return timedelta(minutes=minutes - 1) < seen <= timedelta(minutes=minutes, seconds=1)


PAGE_FIELDS = {"userId", "token", "expiresOn", "expiresIn", "user", "endpoint"}


def asked_about(emulator: Emulator, user_id: str) -> list[tuple[str, int]]:
    return [
        (entry["method"], entry["status"])
        for entry in emulator.requests()
        if user_id in entry["path"]
    ]


def test_create_user(app: App) -> None:
    reply = app.call("POST", "users")

    assert reply.status == 201
    assert set(reply.json) == {"userId"}
    assert reply.json["userId"].startswith("8:acs:")
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_create_user_and_token(app: App, emulator: Emulator) -> None:
    reply = app.call("POST", "users/token")

    assert reply.status == 201
    assert set(reply.json) == {"userId", "token", "expiresOn"}
    assert is_about(lifetime(reply), 1440)
    assert emulator.examine(reply.json["token"])["valid"]


def test_create_user_and_token_is_one_request_to_acs(app: App, emulator: Emulator) -> None:
    user_id = app.new_token()["userId"]

    assert asked_about(emulator, user_id) == []  # no second request for the token


@pytest.mark.parametrize("route", ["token", "token/refresh"])
def test_a_token_for_an_existing_identity(app: App, emulator: Emulator, route: str) -> None:
    user_id = app.call("POST", "users").json["userId"]
    body = {"scopes": ["chat", "voip"], "expiresInMinutes": 90}

    reply = app.call("POST", f"users/{user_id}/{route}", body)

    assert reply.status == 200
    assert reply.json["userId"] == user_id
    assert is_about(lifetime(reply), 90)
    assert emulator.examine(reply.json["token"])["valid"]
    assert asked_about(emulator, user_id) == [("POST", 200)]


def test_revoke_tokens(app: App, emulator: Emulator) -> None:
    issued = app.new_token()

    reply = app.call("POST", f"users/{issued['userId']}/revoke")

    assert (reply.status, reply.content) == (204, b"")
    assert reply.headers["Cache-Control"] == "no-store"
    assert emulator.examine(issued["token"])["revoked"]


def test_delete_user(app: App, emulator: Emulator) -> None:
    issued = app.new_token()

    reply = app.call("DELETE", f"users/{issued['userId']}")

    assert (reply.status, reply.content) == (204, b"")
    assert emulator.examine(issued["token"])["revoked"]


def test_exchange_teams_token(app: App, emulator: Emulator) -> None:
    entra = emulator.call("POST", "/emulator/teams-token", {"expiresInMinutes": 75}).json
    body = {"token": entra["token"], "clientId": entra["appId"], "userObjectId": entra["oid"]}

    reply = app.call("POST", "teams/token", body)

    assert reply.status == 200
    assert reply.json["userId"] == f"8:orgid:{entra['oid']}"
    assert is_about(lifetime(reply), 75)
    assert emulator.examine(reply.json["token"])["valid"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_guest_token(app: App, emulator: Emulator, method: str) -> None:
    reply = app.call(method, "guest/token")

    assert reply.status == 200
    assert set(reply.json) == {*PAGE_FIELDS, "guestHandle"}
    assert reply.json["user"] == {"communicationUserId": reply.json["userId"]}
    assert reply.json["endpoint"] == emulator.url.rstrip("/")
    assert (
        timedelta()
        <= timedelta(seconds=reply.json["expiresIn"] + 1) - lifetime(reply)
        < timedelta(minutes=1)
    )
    assert is_about(lifetime(reply), 60)
    assert emulator.examine(reply.json["token"])["valid"]


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("guest/token?scope=chat,voip.join", None),
        ("guest/token?scope=chat&scope=voip.join", None),
        ("guest/token?scope=chat%2Cvoip.join&code=of-the-host", {}),
        ("guest/token", {"scopes": ["chat", "voip.join"]}),
    ],
)
def test_a_guests_scopes_come_from_query_or_body(
    app: App, emulator: Emulator, route: str, body: object
) -> None:
    reply = app.call("POST", route, body)

    assert reply.status == 200
    assert claims_of(reply.json["token"])["acsScope"] == "chat,voip.join"


def test_a_life_of_an_identity(app: App, emulator: Emulator) -> None:
    created = app.new_token(scopes=["voip"])
    path = f"users/{created['userId']}"
    issued = app.call("POST", f"{path}/token").json
    refreshed = app.call("POST", f"{path}/token/refresh").json

    assert created["userId"] == issued["userId"] == refreshed["userId"]
    assert app.call("POST", f"{path}/revoke").status == 204
    for token in (created, issued, refreshed):
        assert emulator.examine(token["token"])["revoked"]

    after = app.call("POST", f"{path}/token").json

    assert emulator.examine(after["token"])["valid"]
    assert app.call("DELETE", path).status == 204
    assert is_problem(app.call("POST", f"{path}/token"), 404, "identity-not-found")
    assert is_problem(app.call("POST", f"{path}/token/refresh"), 404, "identity-not-found")
    assert is_problem(app.call("POST", f"{path}/revoke"), 404, "identity-not-found")
    assert is_problem(app.call("DELETE", path), 404, "identity-not-found")


@pytest.mark.parametrize("colon", [":", "%3A", "%3a"])
def test_colons_in_the_path_may_be_escaped(app: App, colon: str) -> None:
    user_id = app.call("POST", "users").json["userId"]

    reply = app.call("POST", f"users/{user_id.replace(':', colon)}/token")

    assert (reply.status, reply.json["userId"]) == (200, user_id)


def test_an_identity_of_another_resource_is_not_found(app: App) -> None:
    path = f"users/8:acs:{uuid4()}_{uuid4()}"

    assert is_problem(app.call("POST", f"{path}/token"), 404, "identity-not-found")
    assert is_problem(app.call("POST", f"{path}/revoke"), 404, "identity-not-found")
    assert is_problem(app.call("DELETE", path), 404, "identity-not-found")


@pytest.mark.parametrize(
    ("changed", "slug"),
    [
        ({"token": "garbage"}, "invalid-teams-token"),
        ({"clientId": str(uuid4())}, "teams-token-mismatch"),
        ({"userObjectId": str(uuid4())}, "teams-token-mismatch"),
    ],
)
def test_a_teams_token_that_acs_refuses(
    app: App, emulator: Emulator, changed: dict[str, str], slug: str
) -> None:
    entra = emulator.call("POST", "/emulator/teams-token").json
    body = {"token": entra["token"], "clientId": entra["appId"], "userObjectId": entra["oid"]}

    assert is_problem(app.call("POST", "teams/token", body | changed), 400, slug)


def test_fifty_at_once_get_fifty_identities(app: App, emulator: Emulator) -> None:
    with ThreadPoolExecutor(50) as pool:
        replies = list(pool.map(lambda _: app.call("POST", "users/token"), range(50)))

    assert {reply.status for reply in replies} == {201}
    assert len({reply.json["userId"] for reply in replies}) == 50
    assert all(emulator.examine(reply.json["token"])["valid"] for reply in replies)
