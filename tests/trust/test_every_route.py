"""Every route treats a body and a query that it does not take in the same way."""

import re
from collections.abc import Callable

import pytest

from tests.e2e.conftest import App, is_problem
from tests.entra_stand_in import Entra, new_guid
from tests.raw_http import Reply
from tests.test_architecture import TRIGGERS

TOO_LARGE = b'{"scopes": ["' + b"x" * 8192 + b'"]}'
USERS = {
    ("POST", "users"),
    ("POST", "users/token"),
    ("POST", "users/{userId}/token"),
    ("POST", "users/{userId}/token/refresh"),
    ("POST", "users/{userId}/revoke"),
    ("DELETE", "users/{userId}"),
    ("POST", "teams/token"),
    ("POST", "users/{userId}/ban"),
    ("GET", "users/{userId}/ban"),
    ("DELETE", "users/{userId}/ban"),
    ("GET", "users/{userId}/person"),
    ("GET", "people/{tenantId}/{objectId}"),
    ("POST", "invitations"),
    ("GET", "invitations/{invitationId}"),
    ("DELETE", "invitations/{invitationId}"),
    ("POST", "people/{tenantId}/{objectId}/revoke"),
    ("POST", "people/{tenantId}/{objectId}/ban"),
    ("GET", "people/{tenantId}/{objectId}/ban"),
    ("DELETE", "people/{tenantId}/{objectId}/ban"),
}
GUEST = {
    ("GET", "guest/token"),
    ("POST", "guest/token"),
    ("POST", "guest/token/refresh"),
    ("POST", "guest/revoke"),
    ("DELETE", "guest"),
    ("GET", "guest/meeting"),
}
ME = {("POST", "me/token"), ("POST", "me/revoke"), ("DELETE", "me"), ("POST", "me/teams/token")}
HEALTH = {("GET", "health"), ("GET", "health/ready")}
NEEDS_A_BODY = {("POST", "teams/token"), ("POST", "invitations")}
ROUTES = sorted(USERS | GUEST | ME | HEALTH)

Send = Callable[..., Reply]


def test_no_route_is_missing_here() -> None:
    source = "".join(path.read_text() for path in TRIGGERS)
    routes = re.findall(r'@app\.route\("([^"]+)", methods=\[([^\]]+)\]', source)

    declared = {(method, route) for route, many in routes for method in re.findall(r"\w+", many)}
    assert declared == set(ROUTES)


@pytest.fixture
def send(app: App, entra: Entra) -> Send:
    """Sends a request with a valid credential of the route's family."""

    def send(
        method: str, route: str, body: object = None, query: str = "", **headers: str
    ) -> Reply:
        if (method, route) in GUEST:
            headers["x_guest_handle"] = app.call("POST", "guest/token").json["guestHandle"]
        if (method, route) in ME:
            headers["authorization"] = f"Bearer {entra.token()}"
        if "{userId}" in route:
            route = route.format(userId=app.new_token()["userId"])
        if "{invitationId}" in route:
            made = app.call("POST", "invitations", {"expiresInMinutes": 60})
            route = route.format(invitationId=made.json["id"])
        if "{objectId}" in route:
            route = route.format(tenantId=entra.tenants[0], objectId=new_guid())
        return app.call(method, route + query, body, **headers)

    return send


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_a_body_that_it_does_not_take_is_refused(send: Send, method: str, route: str) -> None:
    unexpected = send(method, route, {"unexpected": "canary"})
    too_large = send(method, route, TOO_LARGE, content_type="application/json")
    undeclared = send(method, route, b"{}", content_type="text/plain")
    not_json = send(method, route, b"canary", content_type="application/json")

    assert is_problem(unexpected, 400, "invalid-request")
    assert is_problem(too_large, 413, "body-too-large")
    assert is_problem(undeclared, 415, "unsupported-media-type")
    assert is_problem(not_json, 400, "invalid-request")
    assert b"canary" not in unexpected.content + not_json.content


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_a_query_that_it_does_not_take_is_refused_and_the_body_named(
    send: Send, method: str, route: str
) -> None:
    unknown = send(method, route, query="?canary=canary")
    both = send(method, route, query="?code=of-the-host&canary=canary")
    # The Functions host drops parameters without a value.
    empty = send(method, route, query="?canary=")
    bare = send(method, route, query="?code=of-the-host&canary")

    for refused in (unknown, both, empty, bare):
        assert is_problem(refused, 400, "invalid-request")
        assert re.search("body|scope|guests", refused.json["detail"])
        assert b"canary" not in refused.content


@pytest.mark.parametrize(("method", "route"), sorted(set(ROUTES) - NEEDS_A_BODY))
def test_the_hosts_own_query_and_an_empty_object_are_let_through(
    send: Send, method: str, route: str
) -> None:
    reply = send(method, route, {}, query="?code=of-the-host")

    expected = {
        ("not-allowed", 403),
        ("meeting-off", 403),
        ("not-banned", 404),
        ("person-not-found", 404),
    }
    assert reply.status in (200, 201, 204) or any(
        is_problem(reply, status, slug) for slug, status in expected
    )


def test_scopes_in_the_query_of_a_backend_are_not_ignored(app: App) -> None:
    reply = app.call("POST", "users/token?scope=chat")

    assert is_problem(reply, 400, "invalid-request")
    assert "use the body" in reply.json["detail"]
