"""Each response that ACS may send, and the response that our client gets for it."""

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conftest import App, is_problem
from tests.e2e.upstream import (
    CREATE,
    DELETE,
    ISSUE,
    REVOKE,
    TOKEN,
    USER,
    Responder,
    Upstream,
    broken_chunks,
    created,
    cut_short,
    endless,
    error,
    hang_up,
    issued,
    packed,
    responding,
    running_upstream,
    silence,
    to_another,
    to_two,
)
from tests.keys import KEY
from tests.serving import closed_port, running_app
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running_upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def app(upstream: Upstream) -> Iterator[App]:
    """The app with an upstream that responds as a test says, and time for every attempt."""
    with running_app(ACS_CONNECTION_STRING=upstream.connection_string, DEADLINE_SECONDS="30") as (
        address,
        program,
    ):
        yield App(address, program)


@pytest.fixture(scope="module")
def hasty_app(upstream: Upstream) -> Iterator[App]:
    """The app with a deadline that a test can wait for, too short for the breaker to count."""
    with running_app(ACS_CONNECTION_STRING=upstream.connection_string, DEADLINE_SECONDS="1") as (
        address,
        program,
    ):
        app = App(address, program)
        upstream.responder = responding(201, created())
        # The first request takes longest: on a busy machine too long for this deadline.
        wait_until(lambda: app.call(*CREATE).status == 201, "a first token")
        yield app


@pytest.fixture(autouse=True)
def closed_breaker(app: App, upstream: Upstream) -> None:
    """Let the breaker forget the failures of the test before."""
    upstream.responder = responding(201, created())
    assert app.call(*CREATE).status == 201


def test_a_good_response_is_passed_on(app: App, upstream: Upstream) -> None:
    upstream.responder = responding(201, created())

    reply = app.call(*CREATE)

    assert (reply.status, reply.json["userId"], reply.json["token"]) == (201, USER, TOKEN)


@pytest.mark.parametrize(
    ("route", "responder", "status", "slug"),
    [
        pytest.param(CREATE, responding(401, error("Denied")), 503, "acs-auth", id="wrong key"),
        pytest.param(ISSUE, responding(401), 503, "acs-auth", id="401 without a word"),
        pytest.param(REVOKE, responding(403, error("Forbidden")), 503, "acs-auth", id="forbidden"),
        pytest.param(ISSUE, responding(401, error("IdentityNotOwned")), 404, "identity-not-found", id="not owned"),
        pytest.param(DELETE, responding(404, error("Whatever")), 404, "identity-not-found", id="gone"),
        pytest.param(DELETE, responding(404, {"statusCode": 404, "message": "Resource not found"}), 502, "acs-response", id="gone, says a gateway"),
        pytest.param(REVOKE, responding(404, b"<html>", "text/html"), 502, "acs-response", id="gone, in HTML"),
        pytest.param(DELETE, responding(404, error("Whatever"), x_ms_client_request_id=""), 502, "acs-response", id="gone, without a request id"),
        pytest.param(DELETE, responding(404, error("Whatever") | {"more": "x" * 5000}), 502, "acs-response", id="gone, at length"),
        pytest.param(CREATE, responding(404, error("NotFound")), 502, "acs-response", id="nothing to be gone"),
        pytest.param(ISSUE, responding(400, error("ValidationError", "Scopes")), 502, "acs-response", id="refused scopes"),
        pytest.param(CREATE, responding(500, error("x")), 503, "acs-unavailable", id="500"),
        pytest.param(CREATE, responding(502, b"<html>", "text/html"), 503, "acs-unavailable", id="502"),
        pytest.param(CREATE, hang_up, 503, "acs-unavailable", id="connection reset"),
        pytest.param(CREATE, cut_short, 503, "acs-unavailable", id="cut short"),
        pytest.param(CREATE, responding(200, created()), 502, "acs-response", id="200 for 201"),
        pytest.param(DELETE, responding(200), 502, "acs-response", id="200 for 204"),
        pytest.param(CREATE, responding(307, Location="http://127.0.0.1:1/"), 502, "acs-response", id="redirect"),
        pytest.param(CREATE, responding(201, b'{"identity":' * 100_000), 502, "acs-response", id="deep"),
        pytest.param(CREATE, packed(b"no gzip", "gzip"), 502, "acs-response", id="packed wrongly"),
        pytest.param(CREATE, packed(gzip.compress(json.dumps(created()).encode()), "gzip"), 502, "acs-response", id="packed"),
        pytest.param(CREATE, responding(201, b" " * 2_000_000), 502, "acs-response", id="two megabytes"),
        pytest.param(CREATE, endless, 502, "acs-response", id="more than a megabyte, in chunks"),
        pytest.param(CREATE, to_another, 502, "acs-response", id="the response to another request"),
        pytest.param(CREATE, to_two, 502, "acs-response", id="the response to two requests"),
        pytest.param(ISSUE, responding(401, error("InvalidAccessToken")), 503, "acs-auth", id="a token that was not sent"),
        pytest.param(ISSUE, responding(400, error("ValidationError", "userId")), 502, "acs-response", id="a user that was not sent"),
        pytest.param(ISSUE, responding(200, issued(token=[TOKEN])), 502, "acs-response", id="token in a list"),
        pytest.param(ISSUE, responding(200, issued(token=10**40)), 502, "acs-response", id="token is a large number"),
        pytest.param(CREATE, responding(201, b"{"), 502, "acs-response", id="broken JSON"),
        pytest.param(CREATE, responding(201, b""), 502, "acs-response", id="no body"),
        pytest.param(CREATE, responding(201, None), 502, "acs-response", id="null"),
        pytest.param(CREATE, responding(201, {}), 502, "acs-response", id="empty object"),
        pytest.param(CREATE, responding(201, []), 502, "acs-response", id="array"),
        pytest.param(CREATE, responding(201, b"<html>", "text/html"), 502, "acs-response", id="HTML"),
        pytest.param(CREATE, responding(201, created(), "text/plain"), 502, "acs-response", id="declared as text"),
        pytest.param(CREATE, responding(201, {"identity": {"id": USER}}), 502, "acs-response", id="no token"),
        pytest.param(CREATE, responding(201, {"identity": {"id": "8:acs:x"}, "accessToken": issued()}), 502, "acs-response", id="no id of ACS"),
        pytest.param(("POST", "users"), responding(201, {"identity": {}}), 502, "acs-response", id="no id"),
        pytest.param(("POST", "users"), responding(201, {"identity": 5}), 502, "acs-response", id="identity is a number"),
        pytest.param(ISSUE, responding(200, {}), 502, "acs-response", id="issue empty object"),
        pytest.param(ISSUE, responding(200, issued(token="")), 502, "acs-response", id="token empty"),
        pytest.param(ISSUE, responding(200, issued(token=5)), 502, "acs-response", id="token is a number"),
        pytest.param(ISSUE, responding(200, issued(token=None)), 502, "acs-response", id="token null"),
        pytest.param(ISSUE, responding(200, issued(expiresOn=None)), 502, "acs-response", id="expiry null"),
        pytest.param(ISSUE, responding(200, issued(expiresOn="soon")), 502, "acs-response", id="expiry is a word"),
        pytest.param(ISSUE, responding(200, issued(expiresOn=1_900_000_000)), 502, "acs-response", id="expiry is a number"),
        pytest.param(ISSUE, responding(200, issued(expiresOn="2020-01-01T00:00:00Z")), 502, "acs-response", id="expired"),
        pytest.param(ISSUE, responding(200, issued(expiresOn="2999-01-01T00:00:00Z")), 502, "acs-response", id="never expires"),
    ],
)  # fmt: skip
def test_every_response_of_acs_becomes_the_right_problem(
    app: App,
    upstream: Upstream,
    route: tuple[str, str],
    responder: Responder,
    status: int,
    slug: str,
) -> None:
    upstream.responder, before = responder, upstream.requests

    reply = app.call(*route)

    assert is_problem(reply, status, slug)
    confirmed = slug == "identity-not-found"  # a second request must say the same
    assert upstream.requests == before + 1 + confirmed
    assert USER.encode() not in reply.content
    assert TOKEN.encode() not in reply.content


@pytest.mark.parametrize(
    ("route", "responder", "slug"),
    [
        pytest.param(ISSUE, responding(429), "acs-throttled", id="throttled"),
        pytest.param(ISSUE, responding(408), "acs-unavailable", id="408"),
        pytest.param(DELETE, responding(503, b"<html>"), "acs-unavailable", id="503 that is no JSON"),
        pytest.param(REVOKE, responding(504), "acs-unavailable", id="504"),
    ],
)  # fmt: skip
def test_a_failure_that_lasts_is_met_three_times(
    app: App, upstream: Upstream, route: tuple[str, str], responder: Responder, slug: str
) -> None:
    upstream.responder, before = responder, upstream.requests

    reply = app.call(*route)

    assert is_problem(reply, 503, slug)
    assert upstream.requests == before + 3


def test_silence_lasts_until_the_deadline(hasty_app: App, upstream: Upstream) -> None:
    upstream.responder = silence

    def both_reach_acs() -> bool:
        before = upstream.requests
        with ThreadPoolExecutor(2) as pool:
            replies = list(pool.map(lambda route: hasty_app.call(*route), (CREATE, DELETE)))
        assert all(is_problem(reply, 504, "deadline-exceeded") for reply in replies)
        return upstream.requests == before + 2

    # On a busy machine the deadline may pass before a request is sent to ACS.
    wait_until(both_reach_acs, "two requests that ACS got before their deadline")


@pytest.mark.parametrize(
    ("responder", "expected"),
    [
        (responding(429, Retry_After="40"), "40"),
        (responding(429, Retry_After="86400"), "60"),
        (responding(503, Retry_After="40"), "40"),
        (responding(400, Retry_After="40"), None),
    ],
)
def test_retry_after_that_does_not_fit_is_told_and_not_waited_for(
    app: App, upstream: Upstream, responder: Responder, expected: str | None
) -> None:
    upstream.responder, before = responder, upstream.requests

    reply = app.call(*ISSUE)

    assert reply.headers["Retry-After"] == expected
    assert upstream.requests == before + 1


@pytest.mark.parametrize("value", ["", "soon", "inf"])
def test_without_a_retry_after_that_makes_sense_the_client_is_told_five_seconds(
    app: App, upstream: Upstream, value: str
) -> None:
    upstream.responder = responding(429, Retry_After=value)

    assert app.call(*ISSUE).headers["Retry-After"] == "5"


def test_aiohttp_repeats_no_delete_on_a_broken_connection(app: App, upstream: Upstream) -> None:
    upstream.responder, before = (
        hang_up,
        upstream.requests,
    )  # the first attempt is on a kept connection

    reply = app.call(*DELETE)

    assert is_problem(reply, 503, "acs-unavailable")
    assert upstream.requests == before + 3  # each of the app's three attempts once


def test_broken_chunks_are_no_response_where_aiohttp_was_not_compiled(upstream: Upstream) -> None:
    upstream.responder = broken_chunks
    with running_app(
        ACS_CONNECTION_STRING=upstream.connection_string, AIOHTTP_NO_EXTENSIONS="1"
    ) as (address, program):
        reply = App(address, program).call(*CREATE)

    assert is_problem(reply, 503, "acs-unavailable")


def test_nobody_listening_is_acs_unavailable() -> None:
    with closed_port() as port:
        string = f"endpoint=http://127.0.0.1:{port}/;accesskey={KEY}"
        with running_app(ACS_CONNECTION_STRING=string) as (address, program):
            reply = App(address, program).call(*CREATE)

    assert is_problem(reply, 503, "acs-unavailable")
