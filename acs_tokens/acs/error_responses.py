"""What an error response of ACS means to our caller, and whether the request may be retried."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto

import aiohttp
from aiohttp.http import HttpProcessingError
from azure.core.exceptions import HttpResponseError

from acs_tokens.acs.failures import Retry, UpstreamError
from acs_tokens.acs.refusals import refused, refused_teams_token, word
from acs_tokens.acs.responses import AcsResponse
from acs_tokens.problems import (
    AcsResponseError,
    AcsThrottledError,
    AcsUnavailableError,
    IdentityNotFoundError,
    TeamsTokenMismatchError,
)

REQUEST_ID = "x-ms-client-request-id"  # we send it, and ACS repeats it in its response
MAX_RETRY_AFTER_SECONDS = 60  # a longer wait helps no page; the next response says so again
THROTTLED_SECONDS = 5  # our Retry-After when ACS's 429 has none; ACS counts its quotas over 30 s

# Raised before any byte was sent (DNS, refused, TLS, connect timeout).
UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
NO_RESPONSE = (aiohttp.ClientError, HttpProcessingError)
# Raised by the SDK and our models when a success lacks a field or has a strange one.
UNUSABLE_SUCCESS = (AttributeError, LookupError, RecursionError, TypeError, ValueError)

CLIENT_ERRORS = (HttpResponseError, *NO_RESPONSE, *UNUSABLE_SUCCESS)
"""What the SDK's client raises when a request failed, or its response makes no sense."""

_MISMATCH = {
    "appid": "The Teams token was not issued to the application that clientId names.",
    "userid": "The Teams token was not issued to the user that userObjectId names.",
}


class Subject(Enum):
    """The resource that a request to ACS addresses."""

    IDENTITY = auto()
    TEAMS_USER = auto()  # by an Entra token


def upstream_error(error: Exception, subject: Subject | None = None) -> UpstreamError:
    """Return what an exception of the SDK's client means. No other code reads its exceptions.

    Args:
        error: One of `CLIENT_ERRORS`.
        subject: What the failed request addressed.
    """
    if isinstance(error, HttpResponseError):
        return _refusal(error, subject)
    if isinstance(error, NO_RESPONSE):
        return UpstreamError(
            AcsUnavailableError(
                log=f"No response from ACS: {type(error).__name__}. If this lasts, check the"
                " endpoint and this app's network."
            ),
            retry=Retry.SAFE if isinstance(error, UNSENT) else Retry.IF_IDEMPOTENT,
        )
    return UpstreamError(
        AcsResponseError(log="A success of ACS without a usable id, token or expiry.")
    )


def failure_of(
    status: int,
    code: str = "",
    target: str = "",
    *,
    retry_after: str | None = None,
    date: str | None = None,
    subject: Subject | None = None,
    names_request: bool = True,
) -> UpstreamError:
    """Classify an error response.

    Args:
        status: ACS's HTTP status.
        code: ``error.code`` of the body, empty when it has none.
        target: ``error.target`` of the body, empty when it has none.
        retry_after: The ``Retry-After`` header as received.
        date: The ``Date`` header as received.
        subject: What the request addressed. A 404 means "identity not found" only for a request
            that addressed one, and only with an ACS error code: a proxy's 404 has none.
        names_request: Whether the response names our request. One that does not may come from a
            server in between and does not prove that ACS did nothing.
    """
    wait, is_exchange = retry_after_seconds(retry_after), subject is Subject.TEAMS_USER
    match status, code:
        case (401, "IdentityNotOwned") | (404, _) if subject is Subject.IDENTITY and code:
            missing = IdentityNotFoundError("This ACS resource has no such identity.")
            return UpstreamError(missing, code=code)
        case 401, "InvalidAccessToken" if is_exchange:
            return refused_teams_token(status, code)
        case ((401 | 403), _):
            difference = clock_difference(date)
            return refused(
                status, code, difference, is_exchange=is_exchange, names_request=names_request
            )
        case 400, "ValidationError" if is_exchange and (mismatch := _MISMATCH.get(target.lower())):
            return UpstreamError(TeamsTokenMismatchError(mismatch))
        case 429, _:
            return _throttled(wait, names_request=names_request)
        case ((408 | 500 | 502 | 503 | 504), _):
            return _unavailable(status, wait if status == 503 else None)
    return UpstreamError(
        AcsResponseError(
            log=f"ACS responded with {status} {word(code)}, which this service never expects."
        )
    )


def _throttled(wait: int | None, *, names_request: bool) -> UpstreamError:
    return UpstreamError(
        AcsThrottledError(retry_after=wait or THROTTLED_SECONDS),
        retry=Retry.SAFE if names_request else Retry.IF_IDEMPOTENT,
        retry_after=wait,
    )


def _unavailable(status: int, wait: int | None) -> UpstreamError:
    return UpstreamError(
        AcsUnavailableError(log=f"ACS responded with {status}.", retry_after=wait),
        # No recorded response shows that ACS did nothing, with Retry-After or without.
        retry=Retry.IF_IDEMPOTENT,
        retry_after=wait,
    )


def retry_after_seconds(header: str | None) -> int | None:
    """Read ``Retry-After`` as 1 to 60 whole seconds; None for anything but a plain number."""
    text = (header or "").strip()  # str.strip removes more kinds of blanks than int() accepts
    if not re.fullmatch(r"[0-9]{1,9}", text):
        return None
    return min(max(int(text), 1), MAX_RETRY_AFTER_SECONDS)


def clock_difference(date: str | None) -> timedelta | None:
    """Return how far ACS's clock is ahead of ours, by the ``Date`` of a response just received.

    None when the header is missing or malformed.
    """
    try:
        return parsedate_to_datetime(date or "").replace(tzinfo=UTC) - datetime.now(UTC)
    except (OverflowError, ValueError):
        return None


def _refusal(error: HttpResponseError, subject: Subject | None) -> UpstreamError:
    """Classify the response of an SDK error."""
    response, body = error.response, error.error
    if not isinstance(response, AcsResponse):
        return UpstreamError(AcsResponseError(log="An error of ACS's SDK without a response."))
    headers = response.headers
    names_request = bool(headers.get(REQUEST_ID))
    known = body if names_request else None
    return failure_of(
        response.status_code,
        str(known.code) if known and known.code else "",
        str(known.target) if known and known.target else "",
        retry_after=headers.get("Retry-After"),
        date=headers.get("Date"),
        subject=subject,
        names_request=names_request,
    )
