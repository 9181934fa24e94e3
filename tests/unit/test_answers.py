"""What each error answer of ACS becomes."""

import pytest

from acs_tokens.answers import Subject, error_for, seconds
from acs_tokens.errors import (
    AcsAnswerError,
    AcsAuthError,
    AcsThrottledError,
    AcsUnavailableError,
    IdentityNotFoundError,
    InvalidTeamsTokenError,
    TeamsTokenMismatchError,
    TokenServiceError,
)


@pytest.mark.parametrize(
    ("status", "code", "target", "expected"),
    [
        (401, "IdentityNotOwned", "", IdentityNotFoundError),
        (404, "IdentityNotFound", "", IdentityNotFoundError),
        (404, "", "", AcsAnswerError),
        (401, "InvalidAccessToken", "", InvalidTeamsTokenError),
        (401, "Denied", "", AcsAuthError),
        (401, "", "", AcsAuthError),
        (403, "Forbidden", "", AcsAuthError),
        (400, "ValidationError", "appId", TeamsTokenMismatchError),
        (400, "ValidationError", "UserId", TeamsTokenMismatchError),
        (400, "ValidationError", "Scopes", AcsAnswerError),
        (400, "UnsupportedApiVersion", "", AcsAnswerError),
        (429, "", "", AcsThrottledError),
        (408, "", "", AcsUnavailableError),
        (500, "", "", AcsUnavailableError),
        (502, "", "", AcsUnavailableError),
        (503, "", "", AcsUnavailableError),
        (504, "", "", AcsUnavailableError),
        (200, "", "", AcsAnswerError),
        (302, "", "", AcsAnswerError),
        (409, "", "", AcsAnswerError),
        (415, "", "", AcsAnswerError),
        (501, "", "", AcsAnswerError),
    ],
)
def test_every_answer_is_told_apart(
    status: int, code: str, target: str, expected: type[TokenServiceError]
) -> None:
    about = Subject.TEAMS_USER if "Teams" in expected.__name__ else Subject.IDENTITY

    error = error_for(status, code, target, about=about)

    assert type(error) is expected


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
    assert type(error_for(status, code, target)) in (AcsAuthError, AcsAnswerError)


def test_the_mismatch_names_the_member_of_our_body() -> None:
    for target, member in (("appId", "clientId"), ("userId", "userObjectId")):
        error = error_for(400, "ValidationError", target, about=Subject.TEAMS_USER)
        assert member in str(error)


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
    assert seconds(header) == expected


def test_throttling_always_says_when_to_come_back() -> None:
    assert error_for(429).retry_after == 5
    assert error_for(429, retry_after="7").retry_after == 7


def test_upstream_text_stays_out() -> None:
    error = error_for(418, "8:acs:secret, or a whole sentence")

    assert str(error) == "ACS answered 418 without a code, which this service never expects."
