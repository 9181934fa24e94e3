"""When a request to ACS is sent again, and when none is sent at all."""

import base64
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import App, is_problem
from tests.e2e.upstream import (
    CREATE,
    DELETE,
    ISSUE,
    REVOKE,
    Responder,
    Upstream,
    break_a_kept_connection,
    created,
    cut_short,
    error,
    hang_up,
    issued,
    one_after_another,
    responding,
    running_upstream,
    signed_with,
)
from tests.keys import KEY
from tests.serving import running_app

SECOND = base64.b64encode(b"the second key is as long as that").decode()
CREATE_USER = ("POST", "users")
CREATED = responding(201, created())
ISSUED = responding(200, issued())
DONE = responding(204)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running_upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def app(upstream: Upstream) -> Iterator[App]:
    """The app with an upstream that responds as a test says, and time for every attempt."""
    with running_app(
        ACS_CONNECTION_STRING=upstream.connection_string,
        ACS_ACCESS_KEY_2=SECOND,
        DEADLINE_SECONDS="30",
    ) as (address, program):
        yield App(address, program)


@pytest.fixture(autouse=True)
def closed_breaker(app: App, upstream: Upstream) -> None:
    """Let the breaker forget the failures of the test before."""
    upstream.responder = responding(201, created())
    assert app.call(*CREATE).status == 201


@pytest.mark.parametrize(
    ("route", "responders", "status", "sent"),
    [
        pytest.param(ISSUE, [hang_up, ISSUED], 200, 2, id="issue after a reset"),
        pytest.param(ISSUE, [cut_short, ISSUED], 200, 2, id="issue after half a response"),
        pytest.param(ISSUE, [responding(500), responding(408), ISSUED], 200, 3, id="issue after 500 and 408"),
        pytest.param(ISSUE, [responding(429), ISSUED], 200, 2, id="issue after 429"),
        pytest.param(ISSUE, [responding(503, Retry_After="1"), ISSUED], 200, 2, id="issue after 503 and a second"),
        pytest.param(ISSUE, [responding(502)], 503, 3, id="issue three times at most"),
        pytest.param(ISSUE, [responding(503, Retry_After="60")], 503, 1, id="not when the wait does not fit"),
        pytest.param(ISSUE, [responding(400)], 502, 1, id="not after 400"),
        pytest.param(ISSUE, [responding(200, {})], 502, 1, id="not after an unusable response"),
        pytest.param(ISSUE, [responding(403, error("Forbidden"))], 503, 1, id="not after 403"),
        pytest.param(REVOKE, [responding(504), DONE], 204, 2, id="revoke after 504"),
        pytest.param(DELETE, [responding(500), DONE], 204, 2, id="delete after 500"),
        pytest.param(DELETE, [hang_up, responding(404, error("NotFound"))], 204, 3, id="delete that was done at first"),
        pytest.param(DELETE, [responding(429), responding(404, error("NotFound"))], 404, 3, id="delete of nothing"),
        pytest.param(CREATE, [responding(429), CREATED], 201, 2, id="create after 429"),
        pytest.param(CREATE, [responding(503, Retry_After="1"), CREATED], 503, 1, id="create not after 503 with Retry-After"),
        pytest.param(CREATE, [responding(429)], 503, 2, id="create twice at most"),
        pytest.param(CREATE, [responding(503), CREATED], 503, 1, id="create not after 503"),
        pytest.param(CREATE, [responding(500), CREATED], 503, 1, id="create not after 500"),
        pytest.param(CREATE, [responding(504), CREATED], 503, 1, id="create not after 504"),
        pytest.param(CREATE, [responding(408), CREATED], 503, 1, id="create not after 408"),
        pytest.param(CREATE, [hang_up, CREATED], 503, 1, id="create not after a reset"),
        pytest.param(CREATE_USER, [cut_short, CREATED], 503, 1, id="create not after half a response"),
    ],
)  # fmt: skip
def test_a_request_is_sent_again_where_that_is_safe(
    app: App,
    upstream: Upstream,
    route: tuple[str, str],
    responders: list[Responder],
    status: int,
    sent: int,
) -> None:
    upstream.responder, before = one_after_another(*responders), upstream.requests

    reply = app.call(*route)

    assert (reply.status, upstream.requests - before) == (status, sent)


@pytest.mark.parametrize(
    ("responders", "status", "slug"),
    [
        pytest.param([responding(429), CREATED], 503, "acs-throttled", id="429"),
        pytest.param([responding(503, Retry_After="1"), CREATED], 503, "acs-unavailable", id="503"),
        pytest.param([responding(401, error("Denied")), CREATED], 503, "acs-auth", id="401"),
    ],
)
def test_a_create_is_not_repeated_after_a_failure_that_names_no_request(
    app: App, upstream: Upstream, responders: list[Responder], status: int, slug: str
) -> None:
    upstream.names = False
    upstream.responder, before = one_after_another(*responders), upstream.requests
    try:
        reply = app.call(*CREATE)
    finally:
        upstream.names = True

    assert is_problem(reply, status, slug)
    assert upstream.requests == before + 1


def test_a_success_that_names_no_request_is_accepted_with_one_warning(upstream: Upstream) -> None:
    upstream.names, upstream.responder = False, CREATED
    try:
        with running_app(ACS_CONNECTION_STRING=upstream.connection_string) as (address, program):
            replies = [App(address, program).call(*CREATE) for _ in range(3)]
            program.stop()
    finally:
        upstream.names = True

    assert [reply.status for reply in replies] == [201, 201, 201]
    assert program.output.count("does not name its request") == 1


def test_aiohttp_repeats_no_create_on_a_broken_connection(app: App, upstream: Upstream) -> None:
    upstream.responder, before = break_a_kept_connection, upstream.requests

    replies = [app.call(*CREATE) for _ in range(2)]

    assert is_problem(replies[1], 503, "acs-unavailable")
    assert upstream.requests == before + 2


def test_the_second_key_is_used_when_the_first_is_refused_and_from_then_on(
    app: App, upstream: Upstream
) -> None:
    upstream.responder = signed_with(KEY, CREATED)
    assert app.call(*CREATE).status == 201
    upstream.responder, before = signed_with(SECOND, CREATED), upstream.requests

    replies = [app.call(*CREATE), app.call(*CREATE)]

    assert [reply.status for reply in replies] == [201, 201]
    assert upstream.requests == before + 3
    app.program.read_until("uses access key 2 from now on")

    upstream.responder, before = signed_with(KEY, ISSUED), upstream.requests  # and back
    assert app.call(*ISSUE).status == 200
    assert upstream.requests == before + 2


def test_when_both_keys_are_refused_each_is_tried_once(app: App, upstream: Upstream) -> None:
    upstream.responder, before = responding(401, error("Denied")), upstream.requests

    reply = app.call(*CREATE)

    assert is_problem(reply, 503, "acs-auth")
    assert upstream.requests == before + 2


def test_a_clock_that_is_wrong_is_named_and_the_second_key_spared(
    app: App, upstream: Upstream
) -> None:
    upstream.responder = responding(401, error("Denied"), Date="Thu, 01 Jan 2026 00:00:00 GMT")
    before = upstream.requests

    reply = app.call(*CREATE)

    assert is_problem(reply, 503, "acs-auth")
    assert upstream.requests == before + 1
    app.program.read_until("clock is -")


def test_after_five_failures_acs_gets_no_request(upstream: Upstream) -> None:
    string = upstream.connection_string
    with running_app(ACS_CONNECTION_STRING=string) as (address, program):
        app = App(address, program)
        # The breaker stays open for as long as the Retry-After says.
        upstream.responder, before = responding(503, Retry_After="30"), upstream.requests
        replies = [app.call(*CREATE) for _ in range(5)]
        upstream.responder = ISSUED
        replies.append(app.call(*ISSUE))

    assert all(is_problem(reply, 503, "acs-unavailable") for reply in replies)
    assert upstream.requests == before + 5
    assert 1 <= int(str(replies[5].headers["Retry-After"])) <= 30
