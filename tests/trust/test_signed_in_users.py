"""Signed-in users: always the same identity for the same person, and for no other."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.conftest import App, is_problem
from tests.e2e.test_routes import PAGE_FIELDS
from tests.entra_stand_in import Entra, new_guid
from tests.raw_http import Reply
from tests.serving import Emulator
from tests.trust.conftest import running_trusted_app


def me(app: App, method: str, route: str, token: str, body: object = None) -> Reply:
    return app.call(method, route, body, authorization=f"Bearer {token}")


def test_the_same_person_has_the_same_identity(app: App, entra: Entra, emulator: Emulator) -> None:
    oid = new_guid()

    first = me(app, "POST", "me/token", entra.token(oid=oid))
    second = me(app, "POST", "me/token", entra.token(oid=oid, version="1.0"), {"scopes": ["chat"]})

    assert first.status == second.status == 200
    assert set(first.json) == PAGE_FIELDS
    assert first.json["user"] == {"communicationUserId": first.json["userId"]}
    assert first.json["userId"] == second.json["userId"]
    assert emulator.examine(second.json["token"])["valid"]


def test_other_people_have_other_identities(app: App, entra: Entra) -> None:
    oid = new_guid()
    people = [
        entra.token(oid=oid),
        entra.token(oid=oid, tenant=entra.tenants[1]),  # the same object id in another tenant
        entra.token(),
    ]

    assert len({me(app, "POST", "me/token", token).json["userId"] for token in people}) == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"version": "1.0", "aud": "api://6f5902ac-237a-4f6c-b0c8-b2b1f9a5a0de"},
        {"version": "1.0"},
        {"scp": "Acs.Token"},
        {"tid": None, "tenant": ""},
    ],
)
def test_good_tokens_come_in_several_forms(
    app: App, entra: Entra, changed: dict[str, str | None]
) -> None:
    expected = 401 if "tid" in changed else 200

    assert me(app, "POST", "me/token", entra.token(**changed)).status == expected


def test_the_credential_may_be_in_another_header(app: App, entra: Entra) -> None:
    bearer = f"Bearer {entra.token()}"

    taken = app.call("POST", "me/token", x_entra_authorization=bearer, authorization="Bearer swa")

    assert taken.status == 200


def test_revoking_ends_ones_own_tokens(app: App, entra: Entra, emulator: Emulator) -> None:
    token, other = entra.token(), entra.token()
    mine = me(app, "POST", "me/token", token).json
    theirs = me(app, "POST", "me/token", other).json

    assert me(app, "POST", "me/revoke", token).status == 204

    assert emulator.examine(mine["token"])["revoked"]
    assert emulator.examine(theirs["token"])["valid"]


def test_deleting_ends_ones_own_identity(app: App, entra: Entra, emulator: Emulator) -> None:
    token = entra.token()
    before = me(app, "POST", "me/token", token).json

    assert me(app, "DELETE", "me", token).status == 204
    assert me(app, "DELETE", "me", token).status == 204
    assert me(app, "POST", "me/revoke", token).status == 204

    after = me(app, "POST", "me/token", token).json
    assert emulator.examine(before["token"])["revoked"]
    assert after["userId"] != before["userId"]


def test_an_identity_that_is_gone_is_replaced_once(
    app: App, entra: Entra, emulator: Emulator
) -> None:
    token = entra.token()
    before = me(app, "POST", "me/token", token).json["userId"]
    assert app.call("DELETE", f"users/{before}").status == 204

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: me(app, "POST", "me/token", token), range(8)))

    assert {reply.status for reply in replies} == {200}
    assert len({reply.json["userId"] for reply in replies}) == 1
    assert replies[0].json["userId"] != before
    assert me(app, "POST", "me/token", token).json["userId"] == replies[0].json["userId"]
    assert all(emulator.examine(reply.json["token"])["valid"] for reply in replies)


def test_a_rotated_key_is_accepted_and_an_outage_of_entra_is_survived(
    entra: Entra, emulator: Emulator, tmp_path: Path
) -> None:
    with running_trusted_app(emulator, entra, tmp_path / "identities.db") as app:
        assert me(app, "POST", "me/token", entra.token()).status == 200
        entra.add_key("second")
        try:
            rotated = me(app, "POST", "me/token", entra.sign(entra.claims(), "second"))
            entra.down = True
            meanwhile = me(app, "POST", "me/token", entra.token())
        finally:
            del entra.keys["second"]
            entra.down = False

    assert (rotated.status, meanwhile.status) == (200, 200)


def test_without_signing_keys_users_are_told_to_come_back(
    entra: Entra, emulator: Emulator, tmp_path: Path
) -> None:
    entra.down = True
    try:
        with running_trusted_app(emulator, entra, tmp_path / "identities.db") as app:
            reply = me(app, "POST", "me/token", entra.token())
    finally:
        entra.down = False

    assert is_problem(reply, 503, "entra-unavailable")


def test_no_me_route_takes_a_user_id(app: App, entra: Entra) -> None:
    token, victim = entra.token(), me(app, "POST", "me/token", entra.token()).json["userId"]

    named = me(app, "POST", "me/token", token, {"userId": victim})
    asked = me(app, "POST", f"me/token?userId={victim}", token)

    assert is_problem(named, 400, "invalid-request")
    assert is_problem(asked, 400, "invalid-request")


def test_a_body_is_checked_as_everywhere(app: App, entra: Entra) -> None:
    reply = me(app, "POST", "me/token", entra.token(), {"expiresInMinutes": 5})

    assert is_problem(reply, 400, "invalid-request")


def test_a_token_may_be_a_minute_off(app: App, entra: Entra) -> None:
    now = int(time.time())

    assert me(app, "POST", "me/token", entra.token(exp=now - 30)).status == 200
    assert me(app, "POST", "me/token", entra.token(nbf=now + 30)).status == 200
