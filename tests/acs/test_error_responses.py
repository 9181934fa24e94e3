"""What each error response of ACS becomes."""

import asyncio
import base64
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from acs_emulator.ports import listen, port_of
from acs_tokens.acs.error_responses import Subject, failure_of, retry_after_seconds
from acs_tokens.acs.failures import Retry
from acs_tokens.acs.service import TokenService
from acs_tokens.context import RequestContext, current_request
from acs_tokens.models.requests import TeamsTokenRequest
from acs_tokens.problems import (
    AcsAuthError,
    AcsResponseError,
    AcsThrottledError,
    AcsUnavailableError,
    IdentityNotFoundError,
    InvalidTeamsTokenError,
    Problem,
    TeamsTokenMismatchError,
)
from acs_tokens.settings.acs import AcsSettings
from tests.serving import in_thread, name_the_request

GUID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize(
    ("status", "code", "target", "expected"),
    [
        (401, "IdentityNotOwned", "", IdentityNotFoundError),
        (404, "IdentityNotFound", "", IdentityNotFoundError),
        (404, "", "", AcsResponseError),
        (401, "InvalidAccessToken", "", InvalidTeamsTokenError),
        (401, "Denied", "", AcsAuthError),
        (401, "", "", AcsAuthError),
        (403, "Forbidden", "", AcsAuthError),
        (400, "ValidationError", "appId", TeamsTokenMismatchError),
        (400, "ValidationError", "UserId", TeamsTokenMismatchError),
        (400, "ValidationError", "Scopes", AcsResponseError),
        (400, "UnsupportedApiVersion", "", AcsResponseError),
        (429, "", "", AcsThrottledError),
        (408, "", "", AcsUnavailableError),
        (500, "", "", AcsUnavailableError),
        (502, "", "", AcsUnavailableError),
        (503, "", "", AcsUnavailableError),
        (504, "", "", AcsUnavailableError),
        (200, "", "", AcsResponseError),
        (302, "", "", AcsResponseError),
        (409, "", "", AcsResponseError),
        (415, "", "", AcsResponseError),
        (501, "", "", AcsResponseError),
    ],
)
def test_every_response_is_classified(
    status: int, code: str, target: str, expected: type[Problem]
) -> None:
    subject = Subject.TEAMS_USER if "Teams" in expected.__name__ else Subject.IDENTITY

    failure = failure_of(status, code, target, subject=subject)

    assert type(failure.problem) is expected


@pytest.mark.parametrize(
    ("status", "code", "target"),
    [
        (401, "IdentityNotOwned", ""),
        (404, "IdentityNotFound", ""),
        (401, "InvalidAccessToken", ""),
        (400, "ValidationError", "userId"),
    ],
)
def test_nothing_is_blamed_that_was_not_sent(status: int, code: str, target: str) -> None:
    assert type(failure_of(status, code, target).problem) in (AcsAuthError, AcsResponseError)


def test_the_mismatch_names_the_field_of_our_body() -> None:
    for target, field in (("appId", "clientId"), ("userId", "userObjectId")):
        failure = failure_of(400, "ValidationError", target, subject=Subject.TEAMS_USER)
        assert field in str(failure)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("inf", None),
        ("nan", None),
        ("٣", None),
        ("1e3", None),
        ("Fri, 20 Nov 2026 08:20:09 GMT", None),
        ("0", 1),
        ("1", 1),
        (" 30 ", 30),
        ("\x1d30", 30),
        ("60", 60),
        ("61", 60),
        ("86400", 60),
        ("9" * 10, None),
    ],
)
def test_retry_after_is_read_with_care(header: str | None, expected: int | None) -> None:
    assert retry_after_seconds(header) == expected


def test_throttling_always_says_when_to_come_back() -> None:
    assert failure_of(429).problem.retry_after == 5
    assert failure_of(429, retry_after="7").problem.retry_after == 7


def test_a_create_may_be_retried_only_when_it_was_not_processed() -> None:
    assert failure_of(429).retry is Retry.SAFE
    assert failure_of(503, retry_after="7").retry is Retry.IF_IDEMPOTENT
    for status in (408, 500, 502, 503, 504):
        assert failure_of(status).retry is Retry.IF_IDEMPOTENT
    for status in (400, 401, 403, 404, 409, 302):
        assert failure_of(status).retry is Retry.NEVER


@pytest.mark.parametrize("status", [429, 503])
def test_only_idempotent_requests_are_repeated_after_a_failure_that_names_no_request(
    status: int,
) -> None:
    failure = failure_of(status, retry_after="7", names_request=False)

    assert failure.retry is Retry.IF_IDEMPOTENT


def test_retry_after_counts_with_429_and_503_only() -> None:
    for status in (400, 401, 408, 500, 502, 504):
        failure = failure_of(status, retry_after="7")
        assert (failure.retry_after, failure.problem.retry_after) == (None, None)


@pytest.mark.parametrize(
    ("date", "message"),
    [
        ("Thu, 01 Jan 2026 00:00:00 GMT", "clock is -"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", "clock is +"),
        (None, "Check the access key"),
        ("yesterday", "Check the access key"),
    ],
)
def test_refused_credentials_are_blamed_on_the_clock_when_it_is_wrong(
    date: str | None, message: str
) -> None:
    failure = failure_of(401, "Denied", date=date)

    assert isinstance(failure.problem, AcsAuthError)
    assert message in str(failure)
    assert failure.try_other_key == ("key" in message)


ABOUT_THE_TOKEN = [
    (401, "InvalidAccessToken"),
    (401, "ExpiredToken"),
    (401, "IdentityNotOwned"),
    (403, "Forbidden"),
    (403, "TenantNotAllowed"),
    (403, "a sentence, not a code"),
]
ABOUT_THE_CREDENTIALS = [
    (401, "Denied"),
    (401, "denied"),
    (403, "Denied"),
    (401, "Unauthorized"),
    (401, "AuthenticationFailed"),
    (403, "AuthorizationFailed"),
    (401, ""),
    (403, ""),
]


@pytest.mark.parametrize(("status", "code"), ABOUT_THE_TOKEN)
def test_a_refused_teams_token_is_told_from_refused_credentials(status: int, code: str) -> None:
    failure = failure_of(status, code, subject=Subject.TEAMS_USER)

    assert type(failure.problem) is InvalidTeamsTokenError
    assert failure.problem.detail
    assert code not in failure.problem.detail
    assert (failure.try_other_key, failure.retry) == (False, Retry.NEVER)


@pytest.mark.parametrize(("status", "code"), ABOUT_THE_CREDENTIALS)
def test_credentials_that_are_refused_in_an_exchange_are_ours(status: int, code: str) -> None:
    failure = failure_of(status, code, subject=Subject.TEAMS_USER)

    assert type(failure.problem) is AcsAuthError
    assert failure.try_other_key == (status == 401)


@pytest.mark.parametrize(("status", "code"), ABOUT_THE_TOKEN)
@pytest.mark.parametrize("subject", [Subject.IDENTITY, None])
def test_nothing_but_an_exchange_is_about_a_teams_token(
    status: int, code: str, subject: Subject | None
) -> None:
    problem = failure_of(status, code, subject=subject).problem

    assert not isinstance(problem, InvalidTeamsTokenError)


@pytest.mark.parametrize(
    "doubt",
    [{"names_request": False}, {"date": "Fri, 01 Jan 2100 00:00:00 GMT"}],
    ids=["does not name the request", "our clock is wrong"],
)
def test_in_doubt_our_credentials_are_refused(doubt: dict[str, Any]) -> None:
    failure = failure_of(401, "ExpiredToken", subject=Subject.TEAMS_USER, **doubt)

    assert type(failure.problem) is AcsAuthError
    assert not failure.try_other_key


def test_the_log_says_why_acs_refuses_a_teams_token() -> None:
    word = failure_of(403, "TenantNotAllowed", subject=Subject.TEAMS_USER)
    sentence = failure_of(403, "8:acs:secret", subject=Subject.TEAMS_USER)

    assert "403 TenantNotAllowed" in str(word)
    assert "403 without a code" in str(sentence)


@pytest.mark.parametrize(
    ("code", "problem", "requests"),
    [
        pytest.param("ExpiredToken", InvalidTeamsTokenError, 1, id="their token"),
        pytest.param("Denied", AcsAuthError, 2, id="our key"),
    ],
)
async def test_the_other_access_key_is_tried_for_refused_credentials_only(
    code: str, problem: type[Problem], requests: int
) -> None:
    signatures: list[str] = []

    async def refuse(request: web.Request) -> web.Response:
        signatures.append(request.headers["Authorization"])
        return web.json_response({"error": {"code": code, "message": "No."}}, status=401)

    app, sockets = web.Application(), listen(0)
    app.router.add_post("/teamsUser/:exchangeAccessToken", refuse)
    app.on_response_prepare.append(name_the_request)
    keys = tuple(SecretStr(base64.b64encode(letter * 32).decode()) for letter in (b"a", b"b"))
    settings = AcsSettings(endpoint=f"http://127.0.0.1:{port_of(sockets)}", access_keys=keys)
    token = {"token": "e30.e30.sig", "clientId": GUID, "userObjectId": GUID}
    with in_thread(app, (sockets, None)):
        current_request.set(RequestContext("a-test", asyncio.get_running_loop().time() + 8))
        service = TokenService(settings)
        try:
            with pytest.raises(problem):
                await service.exchange_teams_token(TeamsTokenRequest.model_validate(token))
        finally:
            await service.aclose()

    assert len(signatures) == requests


def test_upstream_text_stays_out() -> None:
    failure = failure_of(418, "8:acs:secret, or a whole sentence")

    assert (
        str(failure) == "ACS responded with 418 without a code, which this service never expects."
    )
