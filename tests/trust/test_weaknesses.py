"""The weaknesses of common token servers, with a test for each of them."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conftest import App, is_problem
from tests.entra_stand_in import Entra, new_guid
from tests.serving import Emulator


def test_knowing_an_id_refreshes_nothing(app: App, locked: App, entra: Entra) -> None:
    victim = app.call("POST", "me/token", authorization=f"Bearer {entra.token()}").json["userId"]

    assert locked.call("POST", f"users/{victim}/token/refresh").status == 401
    for route in ("guest/token/refresh", "me/token"):
        reply = app.call("POST", f"{route}?userId={victim}", {"userId": victim})
        assert reply.status in (400, 401)


@pytest.mark.parametrize(("method", "action"), [("POST", "/revoke"), ("DELETE", "")])
def test_nobody_revokes_or_deletes_anonymously(
    app: App, locked: App, emulator: Emulator, entra: Entra, method: str, action: str
) -> None:
    victim = app.call("POST", "me/token", authorization=f"Bearer {entra.token()}").json

    assert locked.call(method, f"users/{victim['userId']}{action}").status == 401
    assert app.call(method, "me/revoke" if action else "me").status == 401
    assert app.call(method, "guest/revoke" if action else "guest").status == 401
    assert emulator.examine(victim["token"])["valid"]


def test_a_token_for_another_service_or_of_another_issuer_is_refused(
    app: App, entra: Entra
) -> None:
    for token in (entra.token(aud=new_guid()), entra.token(iss="https://sts.windows.net/x/")):
        assert is_problem(
            app.call("POST", "me/token", authorization=f"Bearer {token}"), 401, "unauthorized"
        )


def test_no_response_shows_how_the_program_works(app: App) -> None:
    sent = [b"{", b"\xff", b'{"scopes":' + b"[" * 8000, b"null"]

    for body in sent:
        reply = app.call("POST", "users/token", body, content_type="application/json")
        assert not re.search(rb"Traceback|File \"|\.py|Error\b", reply.content)


def test_people_who_sign_in_at_once_are_not_mistaken_for_each_other(app: App, entra: Entra) -> None:
    people = [new_guid() for _ in range(8)]
    first = {
        oid: app.call("POST", "me/token", authorization=f"Bearer {entra.token(oid=oid)}").json
        for oid in people
    }

    def again(oid: str) -> bool:
        reply = app.call("POST", "me/token", authorization=f"Bearer {entra.token(oid=oid)}")
        return bool(reply.json["userId"] == first[oid]["userId"])

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(again, people * 12))
