"""What an error answer of ACS means to our callers."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum

from acs_tokens.errors import (
    AcsAuthError,
    AcsResponseError,
    AcsThrottledError,
    AcsUnavailableError,
    Again,
    IdentityNotFoundError,
    InvalidTeamsTokenError,
    Problem,
    TeamsTokenMismatchError,
)

RETRY_AFTER_MAX = 60  # longer waits help no page; the next answer says so again
MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)  # more, and ACS refuses what is signed

_MISMATCH = {
    "appid": "The Teams token was not issued to the application that clientId names.",
    "userid": "The Teams token was not issued to the user that userObjectId names.",
}


class Subject(Enum):
    """What a request to ACS may be about."""

    IDENTITY = "an identity"
    TEAMS_USER = "a Teams user, and the Entra token"


def error_for(
    status: int,
    code: str = "",
    target: str = "",
    *,
    retry_after: str | None = None,
    date: str | None = None,
    about: Subject | None = None,
    named: bool = True,
) -> Problem:
    """Translate an answer that the SDK did not take for success.

    Args:
        status: ACS's HTTP status.
        code: ``error.code`` of the body, empty when it has none.
        target: ``error.target`` of the body, empty when it has none.
        retry_after: The ``Retry-After`` header as received.
        date: The ``Date`` header as received.
        about: What the request was about, so that a 404 is about it too. Which code goes with
            that is on no record, but there must be one: other servers say 404 as well.
        named: Whether the answer names our request. If not, that may have been carried out.
    """
    unprocessed = Again.UNPROCESSED if named else Again.IF_IDEMPOTENT
    match status, code:
        case (401, "IdentityNotOwned") | (404, _) if about is Subject.IDENTITY and code:
            return IdentityNotFoundError("This ACS resource has no such identity.")
        case 401, "InvalidAccessToken" if about is Subject.TEAMS_USER:
            return InvalidTeamsTokenError(
                "ACS does not accept this Teams token: it is expired, not for ACS, or no token."
            )
        case ((401 | 403), _):
            return _refused(status, code, clock_difference(date), named=named)
        case 400, "ValidationError" if about is Subject.TEAMS_USER and target.lower() in _MISMATCH:
            return TeamsTokenMismatchError(_MISMATCH[target.lower()])
        case 429, _:
            return AcsThrottledError(retry_after=seconds(retry_after), again=unprocessed)
        case 503, _ if wait := seconds(retry_after):
            return AcsUnavailableError(log="ACS answered 503.", retry_after=wait, again=unprocessed)
        case ((408 | 500 | 502 | 503 | 504), _):
            return AcsUnavailableError(log=f"ACS answered {status}.", again=Again.IF_IDEMPOTENT)
    return AcsResponseError(
        log=f"ACS answered {status} {_word(code)}, which this service never expects."
    )


def seconds(retry_after: str | None) -> int | None:
    """Read ``Retry-After`` as 1 to 60 whole seconds; None for anything but a plain number."""
    text = (retry_after or "").strip()  # of more than int() takes off
    if not re.fullmatch(r"[0-9]{1,9}", text):
        return None
    return min(max(int(text), 1), RETRY_AFTER_MAX)


def clock_difference(date: str | None) -> timedelta | None:
    """How far ACS's clock is ahead of ours, by the ``Date`` of an answer just received.

    None when it cannot be told.
    """
    try:
        return parsedate_to_datetime(date or "").replace(tzinfo=UTC) - datetime.now(UTC)
    except (OverflowError, ValueError):
        return None


def _refused(status: int, code: str, difference: timedelta | None, *, named: bool) -> AcsAuthError:
    if difference is not None and abs(difference) > MAX_CLOCK_DIFFERENCE:
        return AcsAuthError(
            log=f"ACS refused what this service signed ({status} {_word(code)}): this machine's"
            f" clock is {difference.total_seconds():+.0f} s away from ACS's. Set the clock."
        )
    return AcsAuthError(
        log=f"ACS refused this service's credentials ({status} {_word(code)}). Check the"
        " access key or the role of the managed identity, and this machine's clock.",
        key_refused=named and status == 401,
    )


def _word(code: str) -> str:
    """The code if it is a plain word, as those of ACS are: upstream text stays out of the log."""
    return code if re.fullmatch(r"[A-Za-z]{1,64}", code) else "without a code"
