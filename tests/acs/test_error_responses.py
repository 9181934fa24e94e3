"""What each error response of ACS becomes."""

import pytest

from acs_tokens.acs.error_responses import Subject, failure_of, retry_after_seconds
from acs_tokens.acs.failures import Retry
from acs_tokens.errors import (
    AcsAuthError,
    AcsResponseError,
    AcsThrottledError,
    AcsUnavailableError,
    IdentityNotFoundError,
    InvalidTeamsTokenError,
    Problem,
    TeamsTokenMismatchError,
)


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
def test_a_response_that_does_not_name_the_request_proves_nothing(status: int) -> None:
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


def test_upstream_text_stays_out() -> None:
    failure = failure_of(418, "8:acs:secret, or a whole sentence")

    assert str(failure) == "ACS answered 418 without a code, which this service never expects."
