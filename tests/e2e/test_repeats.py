"""When a call to ACS is made again, and when ACS is not asked at all."""

import base64
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import App, is_problem
from tests.e2e.upstream import (
    CREATE,
    DELETE,
    ISSUE,
    KEY,
    REVOKE,
    Answer,
    Upstream,
    answering,
    break_a_kept_connection,
    created,
    cut_short,
    error,
    hang_up,
    issued,
    one_after_another,
    running_upstream,
    signed_with,
)
from tests.serving import running_app

SECOND = base64.b64encode(b"the second key is as long as that").decode()
CREATE_USER = ("POST", "users")
CREATED = answering(201, created())
ISSUED = answering(200, issued())
DONE = answering(204)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running_upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def app(upstream: Upstream) -> Iterator[App]:
    """The app with an upstream that answers as told, and time for another attempt."""
    with running_app(
        ACS_CONNECTION_STRING=upstream.connection_string,
        ACS_ACCESS_KEY_2=SECOND,
        DEADLINE_SECONDS="30",
    ) as (address, program):
        yield App(address, program)


@pytest.fixture(autouse=True)
def closed_breaker(app: App, upstream: Upstream) -> None:
    """Let no test's failures add up with another's."""
    upstream.answer = answering(201, created())
    assert app.call(*CREATE).status == 201


@pytest.mark.parametrize(
    ("route", "answers", "status", "sent"),
    [
        pytest.param(ISSUE, [hang_up, ISSUED], 200, 2, id="issue after a reset"),
        pytest.param(ISSUE, [cut_short, ISSUED], 200, 2, id="issue after half an answer"),
        pytest.param(ISSUE, [answering(500), answering(408), ISSUED], 200, 3, id="issue after 500 and 408"),
        pytest.param(ISSUE, [answering(429), ISSUED], 200, 2, id="issue after 429"),
        pytest.param(ISSUE, [answering(503, Retry_After="1"), ISSUED], 200, 2, id="issue after 503 and a second"),
        pytest.param(ISSUE, [answering(502)], 503, 3, id="issue three times at most"),
        pytest.param(ISSUE, [answering(503, Retry_After="60")], 503, 1, id="not when the wait does not fit"),
        pytest.param(ISSUE, [answering(400)], 502, 1, id="not after 400"),
        pytest.param(ISSUE, [answering(200, {})], 502, 1, id="not after an unusable answer"),
        pytest.param(ISSUE, [answering(403, error("Forbidden"))], 503, 1, id="not after 403"),
        pytest.param(REVOKE, [answering(504), DONE], 204, 2, id="revoke after 504"),
        pytest.param(DELETE, [answering(500), DONE], 204, 2, id="delete after 500"),
        pytest.param(DELETE, [hang_up, answering(404, error("NotFound"))], 204, 2, id="delete that was done at first"),
        pytest.param(DELETE, [answering(429), answering(404, error("NotFound"))], 404, 2, id="delete of nothing"),
        pytest.param(CREATE, [answering(429), CREATED], 201, 2, id="create after 429"),
        pytest.param(CREATE, [answering(503, Retry_After="1"), CREATED], 201, 2, id="create after 503 with Retry-After"),
        pytest.param(CREATE, [answering(429)], 503, 2, id="create twice at most"),
        pytest.param(CREATE, [answering(503), CREATED], 503, 1, id="create not after 503"),
        pytest.param(CREATE, [answering(500), CREATED], 503, 1, id="create not after 500"),
        pytest.param(CREATE, [answering(504), CREATED], 503, 1, id="create not after 504"),
        pytest.param(CREATE, [answering(408), CREATED], 503, 1, id="create not after 408"),
        pytest.param(CREATE, [hang_up, CREATED], 503, 1, id="create not after a reset"),
        pytest.param(CREATE_USER, [cut_short, CREATED], 503, 1, id="create not after half an answer"),
    ],
)  # fmt: skip
def test_a_call_is_repeated_where_that_is_harmless(
    app: App,
    upstream: Upstream,
    route: tuple[str, str],
    answers: list[Answer],
    status: int,
    sent: int,
) -> None:
    upstream.answer, before = one_after_another(*answers), upstream.requests

    reply = app.call(*route)

    assert (reply.status, upstream.requests - before) == (status, sent)


@pytest.mark.parametrize(
    ("answers", "status", "slug"),
    [
        pytest.param([answering(429), CREATED], 503, "acs-throttled", id="429"),
        pytest.param([answering(503, Retry_After="1"), CREATED], 503, "acs-unavailable", id="503"),
        pytest.param([answering(401, error("Denied")), CREATED], 503, "acs-auth", id="401"),
    ],
)
def test_an_answer_that_names_no_request_proves_nothing(
    app: App, upstream: Upstream, answers: list[Answer], status: int, slug: str
) -> None:
    upstream.names = False
    upstream.answer, before = one_after_another(*answers), upstream.requests
    try:
        reply = app.call(*CREATE)
    finally:
        upstream.names = True

    assert is_problem(reply, status, slug)
    assert upstream.requests == before + 1


def test_a_success_that_names_no_request_is_taken_with_one_warning(upstream: Upstream) -> None:
    upstream.names, upstream.answer = False, CREATED
    try:
        with running_app(ACS_CONNECTION_STRING=upstream.connection_string) as (address, program):
            replies = [App(address, program).call(*CREATE) for _ in range(3)]
            program.stop()
    finally:
        upstream.names = True

    assert [reply.status for reply in replies] == [201, 201, 201]
    assert program.output.count("do not name the request") == 1


def test_aiohttp_repeats_no_create_on_a_broken_connection(app: App, upstream: Upstream) -> None:
    upstream.answer, before = break_a_kept_connection, upstream.requests

    replies = [app.call(*CREATE) for _ in range(2)]

    assert is_problem(replies[1], 503, "acs-unavailable")
    assert upstream.requests == before + 2


def test_the_second_key_is_used_when_the_first_is_refused_and_from_then_on(
    app: App, upstream: Upstream
) -> None:
    upstream.answer = signed_with(KEY, CREATED)
    assert app.call(*CREATE).status == 201
    upstream.answer, before = signed_with(SECOND, CREATED), upstream.requests

    replies = [app.call(*CREATE), app.call(*CREATE)]

    assert [reply.status for reply in replies] == [201, 201]
    assert upstream.requests == before + 3
    app.program.read_until("uses access key 2 from now on")

    upstream.answer, before = signed_with(KEY, ISSUED), upstream.requests  # and back
    assert app.call(*ISSUE).status == 200
    assert upstream.requests == before + 2


def test_when_both_keys_are_refused_each_is_tried_once(app: App, upstream: Upstream) -> None:
    upstream.answer, before = answering(401, error("Denied")), upstream.requests

    reply = app.call(*CREATE)

    assert is_problem(reply, 503, "acs-auth")
    assert upstream.requests == before + 2


def test_a_clock_that_is_wrong_is_named_and_the_second_key_spared(
    app: App, upstream: Upstream
) -> None:
    upstream.answer = answering(401, error("Denied"), Date="Thu, 01 Jan 2026 00:00:00 GMT")
    before = upstream.requests

    reply = app.call(*CREATE)

    assert is_problem(reply, 503, "acs-auth")
    assert upstream.requests == before + 1
    app.program.read_until("clock is -")


def test_after_five_failures_acs_is_left_alone(upstream: Upstream) -> None:
    string = upstream.connection_string
    with running_app(ACS_CONNECTION_STRING=string) as (address, program):
        app = App(address, program)
        upstream.answer, before = answering(500), upstream.requests
        replies = [app.call(*CREATE) for _ in range(5)]
        upstream.answer = ISSUED
        replies.append(app.call(*ISSUE))

    assert all(is_problem(reply, 503, "acs-unavailable") for reply in replies)
    assert upstream.requests == before + 5
    assert replies[4].headers["Retry-After"] is None
    assert 1 <= int(str(replies[5].headers["Retry-After"])) <= 5
