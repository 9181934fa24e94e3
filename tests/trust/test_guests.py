"""Guests: a guest handle is their only credential."""

import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.e2e.conftest import App, is_problem
from tests.e2e.test_routes import PAGE_FIELDS
from tests.entra_stand_in import Entra
from tests.keys import handle_key
from tests.raw_http import Reply
from tests.serving import Emulator
from tests.tokens import claims_of
from tests.trust.conftest import HANDLE_KEY, running_trusted_app


def new_guest(app: App, **body: Any) -> dict[str, str]:
    reply = app.call("POST", "guest/token", body)
    assert reply.status == 200
    guest: dict[str, str] = reply.json
    return guest


def forged(emulator: Emulator, subject: str, key: bytes = b"", **changed: Any) -> str:
    """Make a handle for the emulator's guests; with another key than the app's if one is given."""
    now = int(time.time())
    claims = {
        "iss": "acs-tokens", "aud": "acs-tokens", "sub": subject, "scp": ["voip"], "first_scp": ["voip"],
        "iat": now, "exp": now + 60,
    } | changed  # fmt: skip
    key = key or handle_key(HANDLE_KEY, emulator.url)
    return jwt.encode(claims, key, "HS256", {"typ": "acs-guest+jwt", "kid": "test"})


def refused(reply: Reply) -> bool:
    return is_problem(reply, 401, "unauthorized")


def test_a_new_guest_gets_a_handle(app: App) -> None:
    guest = new_guest(app)

    assert set(guest) == {*PAGE_FIELDS, "guestHandle"}
    assert guest["guestHandle"].count(".") == 2


def test_a_returning_page_keeps_its_identity(app: App, emulator: Emulator) -> None:
    before = len([entry for entry in emulator.requests() if entry["path"] == "/identities"])
    guest = new_guest(app)

    replies = [
        app.call("GET", "guest/token", x_guest_handle=guest["guestHandle"]) for _ in range(100)
    ]

    after = len([entry for entry in emulator.requests() if entry["path"] == "/identities"])
    assert {reply.json["userId"] for reply in replies} == {guest["userId"]}
    assert {reply.json["guestHandle"] for reply in replies} == {guest["guestHandle"]}
    assert after == before + 1


def test_refreshing_keeps_the_identity(app: App, emulator: Emulator) -> None:
    guest = new_guest(app, scopes=["voip", "chat"])
    body = {"scopes": ["chat"], "expiresInMinutes": 120}

    reply = app.call("POST", "guest/token/refresh", body, x_guest_handle=guest["guestHandle"])

    assert reply.status == 200
    assert set(reply.json) == PAGE_FIELDS
    assert reply.json["userId"] == guest["userId"]
    assert claims_of(reply.json["token"])["acsScope"] == "chat"
    assert emulator.examine(reply.json["token"])["valid"]


@pytest.mark.parametrize("route", ["guest/token", "guest/token/refresh"])
def test_a_refresh_without_scopes_has_those_that_the_guest_requested_at_first(
    app: App, route: str
) -> None:
    guest = new_guest(app, scopes=["chat"])

    again = app.call("POST", route, x_guest_handle=guest["guestHandle"])
    other = app.call("POST", route, {"scopes": ["voip"]}, x_guest_handle=guest["guestHandle"])
    once_more = app.call("POST", route, x_guest_handle=guest["guestHandle"])

    assert [claims_of(reply.json["token"])["acsScope"] for reply in (again, other, once_more)] == [
        "chat", "voip", "chat",
    ]  # fmt: skip


def test_first_scopes_that_guests_may_no_longer_have_are_left_out(
    app: App, emulator: Emulator
) -> None:
    guest = new_guest(app)
    once = ["chat.join", "chat"]
    some = forged(emulator, guest["userId"], scp=[*once, "voip"], first_scp=once)

    reply = app.call("POST", "guest/token/refresh", x_guest_handle=some)

    assert claims_of(reply.json["token"])["acsScope"] == "chat"


def test_a_handle_without_a_scope_that_guests_may_still_have_gets_no_token(
    app: App, emulator: Emulator
) -> None:
    guest = new_guest(app)
    handle = forged(emulator, guest["userId"], scp=["chat.join"], first_scp=["chat.join"])

    reply = app.call("POST", "guest/token/refresh", x_guest_handle=handle)

    assert is_problem(reply, 403, "not-allowed")
    assert reply.json["detail"].startswith("Guests may no longer have any of the scopes")


def test_revoking_ends_the_tokens_and_not_the_handle(app: App, emulator: Emulator) -> None:
    guest = new_guest(app)

    reply = app.call("POST", "guest/revoke", x_guest_handle=guest["guestHandle"])

    assert (reply.status, reply.content) == (204, b"")
    assert emulator.examine(guest["token"])["revoked"]
    again = app.call("POST", "guest/token/refresh", x_guest_handle=guest["guestHandle"])
    assert emulator.examine(again.json["token"])["valid"]


def test_after_deletion_the_handle_is_refused(app: App, emulator: Emulator) -> None:
    guest = new_guest(app)
    handle = guest["guestHandle"]

    assert app.call("DELETE", "guest", x_guest_handle=handle).status == 204

    assert emulator.examine(guest["token"])["revoked"]
    assert refused(app.call("POST", "guest/token", x_guest_handle=handle))
    assert refused(app.call("POST", "guest/token/refresh", x_guest_handle=handle))
    assert refused(app.call("POST", "guest/revoke", x_guest_handle=handle))
    assert refused(app.call("DELETE", "guest", x_guest_handle=handle))


@pytest.mark.parametrize(
    ("method", "route"),
    [("POST", "guest/token/refresh"), ("POST", "guest/revoke"), ("DELETE", "guest")],
)
def test_without_a_handle_there_is_only_a_new_guest(app: App, method: str, route: str) -> None:
    assert refused(app.call(method, route))


def test_a_wrong_handle_is_never_a_new_guest(app: App, emulator: Emulator) -> None:
    guest = new_guest(app)
    before = emulator.count_requests()
    wrong = [
        "x",
        guest["userId"],
        guest["token"],
        guest["guestHandle"][:-3],
        forged(emulator, guest["userId"], key=bytes(64)),
        forged(emulator, guest["userId"], key=HANDLE_KEY),  # not derived for handles
        forged(emulator, guest["userId"], key=handle_key(HANDLE_KEY, "https://another.example")),
        forged(emulator, guest["userId"], exp=int(time.time()) - 1),
        forged(emulator, guest["userId"], aud="somebody else"),
    ]

    for handle in wrong:
        for method in ("GET", "POST"):
            assert refused(app.call(method, "guest/token", x_guest_handle=handle))
    assert emulator.count_requests() == before
    assert (
        app.call("GET", "guest/token", x_guest_handle=forged(emulator, guest["userId"])).status
        == 200
    )


def test_a_handle_is_not_taken_from_a_url(app: App) -> None:
    guest = new_guest(app)

    reply = app.call("POST", f"guest/token/refresh?X-Guest-Handle={guest['guestHandle']}")

    assert is_problem(reply, 400, "invalid-request")
    assert guest["guestHandle"] not in reply.content.decode()


def test_guests_get_no_more_than_the_settings_allow(app: App, emulator: Emulator) -> None:
    guest = new_guest(app)
    narrow = forged(emulator, guest["userId"], scp=["chat"])
    too_much: list[tuple[object, str | None]] = [
        ({"scopes": ["voip.join"]}, None),
        ({"expiresInMinutes": 121}, None),
        ({"scopes": ["chat.join"]}, guest["guestHandle"]),
        ({"expiresInMinutes": 1440}, guest["guestHandle"]),
        ({"scopes": ["voip"]}, narrow),
        ({"scopes": ["chat.join"]}, forged(emulator, guest["userId"], scp=["chat.join"])),
    ]

    for body, handle in too_much:
        sent = {"x_guest_handle": handle} if handle else {}
        assert is_problem(app.call("POST", "guest/token", body, **sent), 403, "not-allowed")


def test_a_guest_is_not_signed_in_as_well(app: App) -> None:
    handle = new_guest(app)["guestHandle"]

    both = app.call("POST", "guest/token", x_guest_handle=handle, x_entra_authorization="Bearer x")
    me = app.call("POST", "me/token", x_guest_handle=handle, authorization="Bearer x")

    assert is_problem(both, 400, "invalid-request")
    assert is_problem(me, 400, "invalid-request")


def test_a_guest_who_names_no_scopes_gets_what_guests_may_have_if_voip_is_not_among_it(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running_trusted_app(
        emulator, entra, tmp_path / "identities.db", GUEST_SCOPES="chat,voip.join"
    ) as app:
        guest = new_guest(app)
        again = app.call("POST", "guest/token/refresh", x_guest_handle=guest["guestHandle"])

    assert (
        claims_of(guest["token"])["acsScope"]
        == claims_of(again.json["token"])["acsScope"]
        == "chat,voip.join"
    )
