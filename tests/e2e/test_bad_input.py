"""Invalid requests: each gets a problem that says why, never a 500, and ACS gets no request."""

import json

import pytest

from tests.e2e.conftest import App, is_problem
from tests.serving import Emulator

GUID = "123e4567-e89b-12d3-a456-426614174000"
USER = f"8:acs:{GUID}_{GUID}"

USER_IDS = [
    "x", "8:acs:", "8:acs:x", f"8:acs:{GUID}", f"8:acs:{GUID}_", f"acs:{GUID}_{GUID}",
    f"8:orgid:{GUID}", f"8:spool:{GUID}_{GUID}", "4:+4312345", f"28:{GUID}", f"{USER}%00",
    f"{USER}%0A", f"{USER}%20", f"%20{USER}", f"{USER}%2F..", "..%2F..%2Fadmin", "%2e%2e",
    f"{USER}%3Fapi-version=1", f"{USER}%23", f"{USER}%25", f"8%253Aacs%253A{GUID}_{GUID}",
    f"{USER}%C3%BC", "%FF", f"8:ACS:{GUID}_{GUID}", f"{USER}{'0' * 200}", "null", "%7B%7D",
    f"{USER};{USER}", f"8:acs:{GUID}_0", f"{USER}_{GUID}_{GUID}", f"{USER}%5C", "me", "-1", "'%20or%20'1'='1",
]  # fmt: skip

TOKEN_BODIES = [
    b"{", b"}", b"[]", b"5", b'"voip"', b"null", b"true", b"NaN", b"\xff\xfe", b"\x00", b"{}{}", b"[" * 8000,
    b'{"a":' * 1000, b'{"scopes":["voip"],"scopes":["chat"]}', b"{'scopes':['voip']}", b'{"scopes":["voip"],}',
    b'{"expiresInMinutes":NaN}', b'{"expiresInMinutes":Infinity}', b'{"expiresInMinutes":' + b"9" * 7000 + b"}",
    b'{"scopes":null}', b'{"scopes":[]}', b'{"scopes":"voip"}', b'{"scopes":["VOIP"]}', b'{"scopes":["pstn"]}',
    b'{"scopes":[["voip"]]}', b'{"scopes":{"voip":1}}', b'{"scopes":["voip","\\ud800"]}', b'{"scopes":[null]}',
    b'{"expiresInMinutes":null}', b'{"expiresInMinutes":"60"}', b'{"expiresInMinutes":60.5}', b'{"expiresInMinutes":true}',
    b'{"expiresInMinutes":59}', b'{"expiresInMinutes":1441}', b'{"expiresInMinutes":-60}', b'{"expiresInMinutes":1e400}',
    b'{"expires_in_minutes":60}', b'{"userId":"8:acs:x"}', b'{"__proto__":{}}', b'{"":1}',
]  # fmt: skip

TEAMS_BODIES: list[object] = [
    None, {}, {"token": "x"}, {"token": "", "clientId": GUID, "userObjectId": GUID},
    {"token": "a b", "clientId": GUID, "userObjectId": GUID}, {"token": "x", "clientId": "", "userObjectId": GUID},
    {"token": "x", "clientId": GUID, "userObjectId": "x"}, {"token": "x", "clientId": GUID, "userObjectId": f"{GUID}\n"},
    {"token": "x", "clientId": f"{{{GUID}}}", "userObjectId": GUID}, {"token": None, "clientId": GUID, "userObjectId": GUID},
    {"token": ["x"], "clientId": GUID, "userObjectId": GUID}, {"token": "\ud800", "clientId": GUID, "userObjectId": GUID},
    {"token": "x", "clientId": GUID, "userObjectId": GUID, "more": 1}, {"token": "x", "appId": GUID, "userId": GUID},
]  # fmt: skip


@pytest.mark.parametrize("user_id", USER_IDS)
def test_what_is_no_user_id_never_reaches_acs(app: App, emulator: Emulator, user_id: str) -> None:
    before = len(emulator.requests())

    replies = [
        app.call("POST", f"users/{user_id}/token/refresh"),
        app.call("POST", f"users/{user_id}/token"),
        app.call("POST", f"users/{user_id}/revoke"),
        app.call("DELETE", f"users/{user_id}"),
    ]

    assert all(is_problem(reply, 400, "invalid-user-id") for reply in replies)
    assert len(emulator.requests()) == before


@pytest.mark.parametrize("body", TOKEN_BODIES, ids=lambda body: repr(body[:40]))
@pytest.mark.parametrize("route", ["users/token", f"users/{USER}/token", "guest/token"])
def test_a_wrong_body_is_refused(app: App, route: str, body: bytes) -> None:
    reply = app.call("POST", route, body, content_type="application/json")

    assert is_problem(reply, 400, "invalid-request")
    assert reply.json["detail"]


@pytest.mark.parametrize("body", TEAMS_BODIES, ids=lambda body: repr(body)[:60])
def test_a_wrong_body_is_refused_for_teams_too(app: App, body: object) -> None:
    assert is_problem(app.call("POST", "teams/token", body), 400, "invalid-request")


@pytest.mark.parametrize(
    ("method", "route"),
    [("POST", "users"), ("POST", f"users/{USER}/revoke"), ("DELETE", f"users/{USER}")],
)
def test_a_route_without_body_takes_none(app: App, method: str, route: str) -> None:
    assert is_problem(app.call(method, route, {"scopes": ["voip"]}), 400, "invalid-request")


@pytest.mark.parametrize("route", ["users", "users/token", "teams/token", "guest/token"])
def test_a_body_over_8_kib_is_refused(app: App, route: str) -> None:
    body = json.dumps({"token": "x" * 8192}).encode()

    reply = app.call("POST", route, body, content_type="application/json")

    assert is_problem(reply, 413, "body-too-large")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml",
        "json",
        "",
    ],
)
def test_a_body_that_is_not_declared_as_json_is_refused(app: App, content_type: str) -> None:
    reply = app.call("POST", "users/token", b"{}", content_type=content_type)

    assert is_problem(reply, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "query",
    [
        "scopes=voip",
        "expiresInMinutes=60",
        "scope=voip&x=1",
        "scope=pstn",
        "scope=",
        "scope",
        "scope=voip,",
        "scope=voip%20chat",
        "scope=%FF",
    ],
)
def test_a_wrong_query_is_refused(app: App, query: str) -> None:
    assert is_problem(app.call("GET", f"guest/token?{query}"), 400, "invalid-request")


def test_scopes_are_said_once(app: App) -> None:
    reply = app.call("POST", "guest/token?scope=voip", {"scopes": ["voip"]})

    assert is_problem(reply, 400, "invalid-request")


def test_nothing_that_was_sent_comes_back(app: App) -> None:
    sent = {"scopes": ["sesame"], "expiresInMinutes": "sesame", "sesame": "sesame"}

    for route in ("users/token", "guest/token?scope=sesame", "users/sesame/token"):
        assert b"sesame" not in app.call("POST", route, sent).content


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_purpose": "prefetch"},
        {"sec_purpose": "prefetch;prerender"},
        *({"sec_fetch_dest": kind} for kind in ("image", "script", "iframe", "style", "video")),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_guest_is_created_by_code_and_not_by_markup(
    app: App, emulator: Emulator, method: str, headers: dict[str, str]
) -> None:
    before = len(emulator.requests())

    refused = app.call(method, "guest/token", **headers)

    assert is_problem(refused, 400, "invalid-request")
    assert len(emulator.requests()) == before


@pytest.mark.parametrize("kind", ["empty", "document"])
def test_code_and_a_visit_of_the_address_create_a_guest(app: App, kind: str) -> None:
    assert app.call("GET", "guest/token", sec_fetch_dest=kind).status == 200
