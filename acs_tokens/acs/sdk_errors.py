"""What the SDK raises, as our errors; the only place that knows both."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from azure.core.exceptions import HttpResponseError

from acs_tokens.acs.failures import Subject, error_for
from acs_tokens.acs.pipeline import REQUEST_ID
from acs_tokens.acs.transport import AcsResponse
from acs_tokens.errors import (
    AcsResponseError,
    AcsUnavailableError,
    Again,
    Problem,
)

# Before the first byte of the request: no such host, refused, no TLS, too late. All else may have
# come after the last.
UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


@contextmanager
def acs_errors(about: Subject | None = None) -> Iterator[None]:
    """Turn what a call of the SDK raises into a `Problem`."""
    try:
        yield
    except HttpResponseError as error:
        raise _refusal(error, about) from error
    except (aiohttp.ClientError, HttpProcessingError) as error:
        raise AcsUnavailableError(
            log=f"No answer from ACS: {type(error).__name__}. Check the endpoint and this app's"
            " network, if it lasts.",
            again=Again.UNPROCESSED if isinstance(error, UNSENT) else Again.IF_IDEMPOTENT,
        ) from error
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # What the SDK and our models make of a success that lacks a member or has a strange one.
        raise AcsResponseError(
            log="A success of ACS without a usable id, token or expiry."
        ) from error


def _refusal(error: HttpResponseError, about: Subject | None) -> Problem:
    """Take an error answer apart."""
    answer, body = cast("AcsResponse", error.response), error.error
    headers = answer.headers
    # An answer that does not name the request is of something between us and ACS, or is not to it.
    named = bool(headers.get(REQUEST_ID))
    return error_for(
        answer.status_code,
        str(body.code) if named and body and body.code else "",
        str(body.target) if named and body and body.target else "",
        retry_after=headers.get("Retry-After"),
        date=headers.get("Date"),
        about=about,
        named=named,
    )
