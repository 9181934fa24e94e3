"""Invitations: who comes in with one, how often, and for how long."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.e2e.conftest import App, is_problem
from tests.entra_stand_in import Entra, unsigned
from tests.keys import derived_key, handle_key
from tests.raw_http import Reply, call
from tests.serving import Emulator
from tests.tokens import claims_of
from tests.trust.conftest import HANDLE_KEY, running_trusted_app
from tests.trust.test_guests import forged as forged_handle

LABEL = b"acs-tokens: invitations for "
HOUR = {"expiresInMinutes": 60}


@pytest.fixture(scope="module")
def invited(
    emulator: Emulator, entra: Entra, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """An app that admits invited guests only."""
    file = tmp_path_factory.mktemp("identities") / "identities.db"
    changed = {"GUESTS": "invited", "INVITATION_PAGE": "https://calls.example/join"}
    with running_trusted_app(emulator, entra, file, **changed) as app:
        yield app


def invite(app: App, **body: Any) -> dict[str, str]:
    reply = app.call("POST", "invitations", HOUR | body)
    assert reply.status == 201
    invitation: dict[str, str] = reply.json
    return invitation


def come(app: App, invitation: dict[str, str], **body: Any) -> Reply:
    return app.call("POST", "guest/token", body, x_invitation=invitation["invitation"])


def refused(reply: Reply) -> bool:
    return is_problem(reply, 403, "invitation") and "detail" not in reply.json


def forged(emulator: Emulator, header: dict[str, Any] | None = None, **changed: Any) -> str:
    """Make an invitation with the app's own key."""
    now = int(time.time())
    claims = {
        "iss": "acs-tokens", "aud": "acs-tokens", "jti": "A" * 16, "scp": ["voip"], "max_min": 60,
        "iat": now, "exp": now + 60,
    } | changed  # fmt: skip
    key = derived_key(HANDLE_KEY, LABEL, emulator.url)
    said = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(
        said, key, "HS256", {"typ": "acs-invitation+jwt", "kid": "test"} | (header or {})
    )


def test_an_invitation_lets_one_guest_in_and_then_nobody(invited: App) -> None:
    invitation = invite(invited)

    guest = come(invited, invitation)

    assert guest.status == 200
    assert refused(come(invited, invitation))
    again = {"x_guest_handle": guest.json["guestHandle"], "x_invitation": invitation["invitation"]}
    for route in ("guest/token", "guest/token/refresh"):
        assert invited.call("POST", route, **again).json["userId"] == guest.json["userId"]


def test_nobody_comes_without_one(invited: App, emulator: Emulator) -> None:
    before = len(emulator.requests())

    for method in ("GET", "POST"):
        assert refused(invited.call(method, "guest/token"))
        assert refused(invited.call(method, "guest/token", x_invitation=""))
    assert refused(invited.call("POST", "guest/token", {"invitation": None}))
    assert len(emulator.requests()) == before


def test_it_may_be_in_the_body_and_never_in_the_url_or_twice(invited: App) -> None:
    text = invite(invited, guests=5)["invitation"]

    assert invited.call("POST", "guest/token", {"invitation": text}).status == 200
    in_url = invited.call("POST", f"guest/token?invitation={text}")
    twice = invited.call("POST", "guest/token", {"invitation": text}, x_invitation=text)

    for reply in (in_url, twice):
        assert is_problem(reply, 400, "invalid-request")
        assert text.encode() not in reply.content


def test_the_response_has_a_link_whose_fragment_holds_the_invitation(invited: App) -> None:
    invitation = invite(invited)

    assert set(invitation) == {"invitation", "id", "expiresOn", "url"}
    assert invitation["url"] == (
        f"https://calls.example/join#invitation={invitation['invitation']}"
    )


def test_a_backend_reads_how_often_it_may_still_be_used(invited: App) -> None:
    invitation = invite(invited, guests=3, label="Team call")
    unlimited = invite(invited, guests=None)
    come(invited, invitation)
    come(invited, unlimited)

    known = invited.call("GET", f"invitations/{invitation['id']}").json
    any_number = invited.call("GET", f"invitations/{unlimited['id']}").json

    assert known == {
        "id": invitation["id"], "expiresOn": invitation["expiresOn"], "guests": 3, "usesLeft": 2,
        "withdrawn": False, "label": "Team call",
    }  # fmt: skip
    assert set(any_number) == {"id", "expiresOn", "withdrawn"}


def test_a_guest_gets_no_more_than_the_invitation_allows(invited: App) -> None:
    invitation = invite(invited, guests=5, scopes=["chat"], maxMinutes=60)

    for asked in ({"scopes": ["voip"]}, {"scopes": ["chat", "voip"]}, {"expiresInMinutes": 61}):
        assert is_problem(come(invited, invitation, **asked), 403, "not-allowed")
    guest = come(invited, invitation).json

    assert claims_of(guest["token"])["acsScope"] == "chat"
    handle = {"x_guest_handle": guest["guestHandle"]}
    for asked in ({"scopes": ["voip"]}, {"expiresInMinutes": 61}):
        reply = invited.call("POST", "guest/token/refresh", asked, **handle)
        assert is_problem(reply, 403, "not-allowed")
    # What was refused was not counted.
    assert invited.call("GET", f"invitations/{invitation['id']}").json["usesLeft"] == 4


def test_an_invitation_allows_no_more_than_the_settings(invited: App, emulator: Emulator) -> None:
    for body in ({"scopes": ["chat.join"]}, {"scopes": ["voip", "voip.join"]}, {"maxMinutes": 121}):
        reply = invited.call("POST", "invitations", HOUR | body)
        assert is_problem(reply, 403, "not-allowed")
    known = invite(invited, guests=5)["id"]
    wide = forged(emulator, jti=known, scp=["voip", "chat.join"], max_min=1440)

    for asked in ({"scopes": ["chat.join"]}, {"expiresInMinutes": 121}):
        reply = come(invited, {"invitation": wide}, **asked)
        assert is_problem(reply, 403, "not-allowed")
    gone = come(invited, {"invitation": forged(emulator, jti=known, scp=["chat.join"])})
    assert is_problem(gone, 403, "not-allowed")
    assert gone.json["detail"].startswith("Guests may no longer have any of the scopes")


@pytest.mark.parametrize(
    "body",
    [
        {}, {"expiresInMinutes": 0}, {"expiresInMinutes": 527041}, {"expiresInMinutes": "60"}, {"expiresInMinutes": None},
        HOUR | {"guests": 0}, HOUR | {"guests": 10_001}, HOUR | {"guests": 1.5}, HOUR | {"guests": "1"},
        HOUR | {"scopes": []}, HOUR | {"scopes": ["sesame"]}, HOUR | {"maxMinutes": 59}, HOUR | {"label": 5},
        HOUR | {"label": "x" * 201}, HOUR | {"uses": 5},
    ],
)  # fmt: skip
def test_an_invitation_that_makes_no_sense_is_refused(invited: App, body: object) -> None:
    assert is_problem(invited.call("POST", "invitations", body), 400, "invalid-request")


def test_an_invitation_ends_when_its_response_says(invited: App) -> None:
    made = invite(invited)

    claims = claims_of(made["invitation"])
    assert datetime.fromisoformat(made["expiresOn"]).timestamp() == claims["exp"]


def test_a_withdrawn_invitation_lets_nobody_in_and_its_guests_stay(invited: App) -> None:
    invitation = invite(invited, guests=5)
    guest = come(invited, invitation).json
    path = f"invitations/{invitation['id']}"

    assert invited.call("DELETE", path).status == 204

    assert refused(come(invited, invitation))
    handle = {"x_guest_handle": guest["guestHandle"]}
    assert invited.call("POST", "guest/token/refresh", **handle).status == 200
    assert invited.call("DELETE", path).status == 204
    assert invited.call("GET", path).json["withdrawn"] is True


def test_withdrawing_with_its_guests_ends_them_too(invited: App, emulator: Emulator) -> None:
    invitation, other = invite(invited, guests=5), invite(invited)
    guests = [come(invited, invitation).json for _ in range(2)]
    bystander = come(invited, other).json

    path = f"invitations/{invitation['id']}?guests=remove"
    assert invited.call("DELETE", path).status == 204

    for guest in guests:
        handle = {"x_guest_handle": guest["guestHandle"]}
        for method, route in (("POST", "guest/token"), ("POST", "guest/token/refresh")):
            assert is_problem(invited.call(method, route, **handle), 401, "unauthorized")
    swept = call(invited.address, "POST", "/admin/functions/sweep")
    assert swept.status == 202
    assert all(emulator.examine(guest["token"])["revoked"] for guest in guests)
    assert emulator.examine(bystander["token"])["valid"]
    kept = {"x_guest_handle": bystander["guestHandle"]}
    assert invited.call("POST", "guest/token/refresh", **kept).status == 200


def test_an_invitation_that_is_not_there_is_not_found(invited: App) -> None:
    for id_ in ("A" * 16, "x", "A" * 500):
        assert is_problem(invited.call("GET", f"invitations/{id_}"), 404, "invitation-not-found")
        assert is_problem(invited.call("DELETE", f"invitations/{id_}"), 404, "invitation-not-found")


@pytest.mark.parametrize("query", ["guests=keep", "guests=", "guests", "guests=remove&guests=keep"])
def test_the_guests_are_removed_or_not_mentioned(invited: App, query: str) -> None:
    path = f"invitations/{invite(invited)['id']}"

    assert is_problem(invited.call("DELETE", f"{path}?{query}"), 400, "invalid-request")

    assert invited.call("GET", path).json["withdrawn"] is False


def test_where_everybody_may_come_an_invitation_that_is_sent_counts(app: App) -> None:
    invitation = invite(app, scopes=["chat"])

    assert claims_of(come(app, invitation).json["token"])["acsScope"] == "chat"

    assert refused(come(app, invitation))
    assert app.call("POST", "guest/token").status == 200


def test_without_a_store_only_unlimited_invitations_can_be_made(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    off = dict.fromkeys(("ENTRA_TENANT_IDS", "ENTRA_CLIENT_ID"), " ")
    with running_trusted_app(emulator, entra, " ", GUESTS="invited", **off) as app:
        reply = app.call("POST", "invitations", HOUR)
        assert is_problem(reply, 403, "identity-store-off")
        invitation = invite(app, guests=None)
        assert set(invitation) == {"invitation", "id", "expiresOn"}
        assert [come(app, invitation).status for _ in range(3)] == [200] * 3
        for method in ("GET", "DELETE"):
            reply = app.call(method, f"invitations/{invitation['id']}")
            assert is_problem(reply, 403, "identity-store-off")


def not_ours(emulator: Emulator, good: str, handle: str, user_id: str) -> list[str]:
    """Invitations that must not be accepted: forged, stale, swapped, cut, and of another kind."""
    header, payload, signature = good.split(".")
    other = forged(emulator).split(".")
    key, now = derived_key(HANDLE_KEY, LABEL, emulator.url), int(time.time())
    claims = claims_of(good)
    keys = [
        HANDLE_KEY, bytes(64), b"x" * 32, key[::-1], key[:-1] + b"\0",
        handle_key(HANDLE_KEY, emulator.url),
        derived_key(HANDLE_KEY, LABEL, "https://another.example"),
        derived_key(HANDLE_KEY, LABEL, ""), derived_key(bytes(32), LABEL, emulator.url),
    ]  # fmt: skip
    kinds = {"typ": "acs-invitation+jwt", "kid": "test"}
    return [
        # forged
        *(jwt.encode(claims, each, "HS256", kinds) for each in keys),
        *(unsigned({"alg": each} | kinds, claims, signature) for each in ("none", "hs256", "RS256")), forged_handle(emulator, user_id), handle,
        *(forged(emulator, each) for each in (
            {"typ": "acs-guest+jwt"}, {"typ": "JWT"}, {"typ": None}, {"typ": "ACS-INVITATION+JWT"}, {"kid": "other"},
            {"kid": ""}, {"crit": ["exp"]},
        )),
        *(forged(emulator, None, **{name: value}) for name, value in (
            ("iss", "other"), ("iss", None), ("aud", "other"), ("aud", ["acs-tokens"]), ("aud", None), ("jti", None),
            ("jti", 5), ("scp", None), ("scp", "voip"), ("scp", ["sesame"]), ("scp", {"voip": 1}), ("scp", [["voip"]]),
            ("max_min", None), ("max_min", "60"), ("max_min", [60]), ("iat", None), ("iat", now + 600), ("exp", None),
            ("exp", "soon"), ("nbf", now + 600),
        )),
        # stale
        *(forged(emulator, exp=now - seconds, iat=now - 86_400) for seconds in (1, 60, 3600)),
        forged(emulator),  # of an invitation that the store does not have
        # swapped
        f"{header}.{other[1]}.{signature}", f"{other[0]}.{payload}.{other[2]}", f"{header}.{payload}.{other[2]}",
        f"{payload}.{header}.{signature}", f"{signature}.{payload}.{header}", f"{header}.{handle.split('.')[1]}.{signature}",
        f"{handle.split('.')[0]}.{payload}.{signature}",
        # cut, and not even that
        good[:-1], good[1:], good + "x", good + ".", f"{header}.{payload}", f"{header}.{payload}.", f".{payload}.{signature}",
        good.upper(), good.replace(".", ""), good * 2, f"{good},{good}", f"Bearer {good}", "x", "..", "null", "{}", "0",
        "x" * 3000, user_id,
    ]  # fmt: skip


def test_whatever_is_wrong_with_an_invitation_the_response_is_the_same(
    invited: App, emulator: Emulator
) -> None:
    full, withdrawn = invite(invited), invite(invited)
    guest = come(invited, full).json
    invited.call("DELETE", f"invitations/{withdrawn['id']}")
    good = invite(invited)["invitation"]
    wrong = [
        full["invitation"], withdrawn["invitation"],
        *not_ours(emulator, good, guest["guestHandle"], guest["userId"]),
    ]  # fmt: skip
    before = len(emulator.requests())

    replies = [invited.call("POST", "guest/token", x_invitation=text) for text in wrong]
    replies += [invited.call("POST", "guest/token", {"invitation": text}) for text in wrong]

    assert len(set(wrong)) >= 60
    assert all(refused(reply) for reply in replies)
    bodies = [{**reply.json, "requestId": ""} for reply in replies]
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["title"] == "You need a valid invitation"
    assert len(emulator.requests()) == before
    assert come(invited, {"invitation": good}).status == 200


def test_the_log_tells_them_apart(invited: App, emulator: Emulator) -> None:
    full = invite(invited)
    come(invited, full)
    for text in (full["invitation"], forged(emulator), forged(emulator, exp=1, iat=0), "x"):
        assert refused(invited.call("POST", "guest/token", x_invitation=text))

    for cause in ("used up", "not in the identity store", "ExpiredSignatureError", "DecodeError"):
        invited.program.read_until(cause)


def test_wrong_invitations_count_as_wrong_credentials(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    changed = {"GUESTS": "invited", "LIMIT_FAILED_SIGN_INS": "1"}
    with running_trusted_app(emulator, entra, tmp_path / "identities.db", **changed) as app:
        good = invite(app, guests=2)
        wrong = [app.call("POST", "guest/token", x_invitation="x") for _ in range(2)]
        limited = app.call("POST", "guest/token", x_invitation="x")

        assert all(refused(reply) for reply in wrong)
        assert is_problem(limited, 429, "too-many-requests")
        assert come(app, good).status == 200
