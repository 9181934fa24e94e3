"""Bans: whom they reach, and what a backend learns of people."""

from pathlib import Path

import pytest

from tests.e2e.conftest import App, is_problem
from tests.entra_stand_in import Entra, new_guid
from tests.raw_http import Reply
from tests.serving import Emulator, running_app
from tests.trust.conftest import running_trusted_app, settings
from tests.trust.signed_in import SignedIn

BANNED_ROUTES = [("POST", "me/token"), ("POST", "me/revoke"), ("DELETE", "me"), ("POST", "me/teams/token")]  # fmt: skip
GUEST_ROUTES = [("GET", "guest/token"), ("POST", "guest/token"), ("POST", "guest/token/refresh"), ("POST", "guest/revoke"), ("DELETE", "guest")]  # fmt: skip


class Alice(SignedIn):
    """A user of Entra, new in each test."""

    def __init__(self, app: App, entra: Entra) -> None:
        self.tenant, self.oid = entra.tenants[0], new_guid()
        super().__init__(app, entra.token(tenant=self.tenant, oid=self.oid))
        self.path = f"people/{self.tenant}/{self.oid}"


@pytest.fixture
def alice(app: App, entra: Entra) -> Alice:
    return Alice(app, entra)


def banned(reply: Reply) -> bool:
    return is_problem(reply, 409, "banned")


def test_a_banned_guest_is_refused_everywhere_and_has_no_valid_token(
    app: App, emulator: Emulator
) -> None:
    guest = app.call("POST", "guest/token").json
    handle, route = guest["guestHandle"], f"users/{guest['userId']}"

    assert app.call("POST", f"{route}/ban").status == 204

    for method, path in GUEST_ROUTES:
        assert banned(app.call(method, path, x_guest_handle=handle))
    for path in ("token", "token/refresh"):
        assert banned(app.call("POST", f"{route}/{path}"))
    assert emulator.examine(guest["token"])["revoked"]
    assert app.call("POST", "guest/token").status == 200  # somebody else


def test_a_lifted_ban_lets_the_guest_in_again(app: App) -> None:
    guest = app.call("POST", "guest/token").json
    route = f"users/{guest['userId']}/ban"
    app.call("POST", route, {"reason": "by mistake"})

    assert app.call("DELETE", route).status == 204

    again = app.call("POST", "guest/token", x_guest_handle=guest["guestHandle"])
    assert again.json["userId"] == guest["userId"]
    assert is_problem(app.call("GET", route), 404, "not-banned")


def in_upper_case(user_id: str) -> str:
    """Return the same user id with its letters in upper case."""
    return "8:acs:" + user_id.removeprefix("8:acs:").upper()


def test_a_ban_by_a_user_id_in_the_other_case_is_the_same_ban(
    app: App, alice: Alice, emulator: Emulator
) -> None:
    guest, person = app.call("POST", "guest/token").json, alice.sign_in()
    handle = {"x_guest_handle": guest["guestHandle"]}
    paths = [f"users/{in_upper_case(each['userId'])}/ban" for each in (guest, person)]
    assert app.call("POST", "guest/token/refresh", **handle).status == 200  # it is looked up

    for path in paths:
        assert app.call("POST", path).status == 204

    assert guest["userId"] not in paths[0]
    assert emulator.examine(guest["token"])["revoked"]
    assert banned(app.call("POST", "guest/token/refresh", **handle))
    assert banned(alice.ask("POST", "me/token"))
    for path in paths:
        assert app.call("GET", path).status == 200
        assert app.call("DELETE", path).status == 204
    assert app.call("POST", "guest/token/refresh", **handle).status == 200
    assert alice.sign_in()["userId"] == person["userId"]


def test_a_ban_on_an_identity_reaches_the_person(
    app: App, alice: Alice, emulator: Emulator
) -> None:
    token = alice.sign_in()

    assert app.call("POST", f"users/{token['userId']}/ban").status == 204

    assert emulator.examine(token["token"])["revoked"]
    for method, path in BANNED_ROUTES:
        assert banned(alice.ask(method, path))
    assert app.call("GET", f"{alice.path}/ban").status == 200


@pytest.mark.parametrize("first", ["delete", "ban"])
def test_deleting_oneself_and_signing_in_again_does_not_help(
    app: App, alice: Alice, first: str
) -> None:
    user_id = alice.sign_in()["userId"]
    if first == "delete":
        assert alice.ask("DELETE", "me").status == 204

    app.call("POST", f"users/{user_id}/ban")

    if first == "ban":
        app.call("DELETE", f"users/{user_id}")
    assert banned(alice.ask("POST", "me/token"))
    assert banned(app.call("POST", f"users/{user_id}/token"))


def test_a_ban_on_an_earlier_identity_reaches_the_present_one(
    app: App, alice: Alice, emulator: Emulator
) -> None:
    earlier = alice.sign_in()["userId"]
    alice.ask("DELETE", "me")
    present = alice.sign_in()

    app.call("POST", f"users/{earlier}/ban")

    assert banned(app.call("POST", f"users/{present['userId']}/token"))
    assert emulator.examine(present["token"])["revoked"]
    assert app.call("DELETE", f"users/{present['userId']}/ban").status == 204
    assert alice.sign_in()["userId"] == present["userId"]


def test_a_person_can_be_banned_before_the_first_sign_in(app: App, alice: Alice) -> None:
    assert app.call("POST", f"{alice.path}/ban", {"untilMinutes": 5}).status == 204

    assert banned(alice.ask("POST", "me/token"))

    assert app.call("DELETE", f"{alice.path}/ban").status == 204
    assert alice.sign_in()


def test_a_banned_persons_number_in_another_tenant_is_somebody_else(
    app: App, alice: Alice, entra: Entra
) -> None:
    app.call("POST", f"{alice.path}/ban")

    other = entra.token(tenant=entra.tenants[1], oid=alice.oid)

    assert app.call("POST", "me/token", authorization=f"Bearer {other}").status == 200


def test_a_backend_reads_what_it_wrote(app: App, alice: Alice) -> None:
    user_id = alice.sign_in()["userId"]
    body = {"untilMinutes": 90, "reason": "Rang at night"}

    app.call("POST", f"{alice.path.upper()}/ban", body)

    by_person = app.call("GET", f"{alice.path}/ban")
    by_user = app.call("GET", f"users/{user_id}/ban")
    assert by_person.status == by_user.status == 200
    assert by_person.json == by_user.json
    assert set(by_user.json) == {"bannedOn", "until", "reason"}
    assert by_user.json["reason"] == body["reason"]
    assert by_user.json["until"].endswith("Z")


def test_a_ban_of_an_identity_that_does_not_exist_says_so_and_is_noted(app: App) -> None:
    route = f"users/8:acs:{new_guid()}_{new_guid()}/ban"  # as a mistyped id would be

    assert is_problem(app.call("POST", route), 404, "identity-not-found")
    assert app.call("GET", route).status == 200  # in case ACS is wrong


def test_a_ban_in_the_body_of_an_error_says_nothing_of_why(app: App) -> None:
    user_id = app.call("POST", "users").json["userId"]
    app.call("POST", f"users/{user_id}/ban", {"reason": "canary"})

    reply = app.call("POST", f"users/{user_id}/token")

    assert banned(reply)
    assert "detail" not in reply.json
    assert b"canary" not in reply.content


@pytest.mark.parametrize(
    "body",
    [{"untilMinutes": 0}, {"untilMinutes": "5"}, {"untilMinutes": 1.5}, {"untilMinutes": 10**7}, {"reason": 5}, {"reason": "x" * 501}, {"until": 5}],
)  # fmt: skip
def test_a_ban_that_makes_no_sense_is_refused(app: App, alice: Alice, body: object) -> None:
    assert is_problem(app.call("POST", f"{alice.path}/ban", body), 400, "invalid-request")
    assert is_problem(app.call("GET", f"{alice.path}/ban"), 404, "not-banned")


def test_people_and_identities_are_found_by_each_other(
    app: App, alice: Alice, emulator: Emulator
) -> None:
    token = alice.sign_in()
    user_id = token["userId"]

    assert app.call("GET", alice.path.upper().replace("PEOPLE", "people")).json == {
        "userId": user_id
    }
    for each in (user_id, in_upper_case(user_id)):
        assert app.call("GET", f"users/{each}/person").json == {
            "tenantId": alice.tenant,
            "objectId": alice.oid,
        }
    assert app.call("POST", f"{alice.path}/revoke").status == 204
    assert emulator.examine(token["token"])["revoked"]


def test_who_has_no_identity_is_not_found(app: App, alice: Alice) -> None:
    guest = app.call("POST", "guest/token").json["userId"]

    assert is_problem(app.call("GET", alice.path), 404, "person-not-found")
    assert is_problem(app.call("POST", f"{alice.path}/revoke"), 404, "person-not-found")
    assert is_problem(app.call("GET", f"users/{guest}/person"), 404, "person-not-found")
    assert is_problem(app.call("GET", f"people/{alice.tenant}/x"), 400, "invalid-request")


def test_no_route_of_bans_and_people_opens_without_the_key(locked: App, alice: Alice) -> None:
    user = "users/8:acs:1_2"
    for route in (f"{user}/ban", f"{user}/person", alice.path, f"{alice.path}/ban"):
        for method in ("GET", "POST", "DELETE"):
            assert locked.call(method, route, x_functions_key="guess").status in (401, 404)
            assert locked.call(method, route).status != 204


def test_without_a_store_nobody_can_be_banned_and_nothing_is_looked_up(
    emulator: Emulator, entra: Entra
) -> None:
    # Blank, because the local host fills in what is empty from the example settings.
    off = dict.fromkeys(("ENTRA_TENANT_IDS", "ENTRA_CLIENT_ID", "IDENTITY_SQLITE"), " ")
    variables = settings(emulator, entra) | off
    with running_app(**variables) as running:
        app = App(*running)
        guest = app.call("POST", "guest/token").json

        for method in ("POST", "GET", "DELETE"):
            reply = app.call(method, f"users/{guest['userId']}/ban")
            assert is_problem(reply, 403, "identity-store-off")
        again = app.call("POST", "guest/token", x_guest_handle=guest["guestHandle"])
        assert again.json["userId"] == guest["userId"]


def test_while_the_store_is_out_of_reach_nobody_gets_in(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_trusted_app(emulator, entra, tmp_path) as app:  # a folder, not a file
        backend = app.new_token()
        guest = app.call("POST", "guest/token").json
        emulator_saw = len(emulator.requests())

        refused = [
            *(app.call(*route, x_guest_handle=guest["guestHandle"]) for route in GUEST_ROUTES),
            *(app.call(*route, authorization=f"Bearer {entra.token()}") for route in BANNED_ROUTES),
            app.call("POST", f"users/{backend['userId']}/token"),
            app.call("POST", f"users/{backend['userId']}/ban"),
        ]

        for reply in refused:
            assert is_problem(reply, 503, "identity-store-unavailable")
        assert len(emulator.requests()) == emulator_saw
