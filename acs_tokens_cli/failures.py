"""The exit codes, and what ends a command early."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from http import HTTPStatus

import typer

from acs_tokens.problems import (
    AcsAuthError,
    GuestsOffError,
    IdentityStoreOffError,
    MeetingOffError,
    MisconfiguredError,
    Problem,
)
from acs_tokens_cli.output import plain


class ExitCode(IntEnum):
    """What the exit code of the program means."""

    DONE = 0
    FAILED = 1  # something unexpected, or a check of doctor failed
    USAGE = 2
    MISCONFIGURED = 3
    REFUSED = 4
    TRY_AGAIN = 5


BY_STATUS = {
    HTTPStatus.BAD_REQUEST: ExitCode.USAGE,
    HTTPStatus.UNAUTHORIZED: ExitCode.REFUSED,
    HTTPStatus.FORBIDDEN: ExitCode.REFUSED,
    HTTPStatus.NOT_FOUND: ExitCode.REFUSED,
    HTTPStatus.CONFLICT: ExitCode.REFUSED,
    HTTPStatus.TOO_MANY_REQUESTS: ExitCode.TRY_AGAIN,
    HTTPStatus.SERVICE_UNAVAILABLE: ExitCode.TRY_AGAIN,
    HTTPStatus.GATEWAY_TIMEOUT: ExitCode.TRY_AGAIN,
}
# Problems whose status alone would give another code.
BY_SLUG = {
    MisconfiguredError.slug: ExitCode.MISCONFIGURED,
    AcsAuthError.slug: ExitCode.MISCONFIGURED,
    GuestsOffError.slug: ExitCode.MISCONFIGURED,
    IdentityStoreOffError.slug: ExitCode.MISCONFIGURED,
    MeetingOffError.slug: ExitCode.MISCONFIGURED,
    "invalid-teams-token": ExitCode.REFUSED,
    "teams-token-mismatch": ExitCode.REFUSED,
}


class CommandError(Exception):
    """A command cannot do its work. The message says why and what to do, and nothing secret."""

    def __init__(self, message: str, code: ExitCode, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


def exit_code(status: int, slug: str = "") -> ExitCode:
    """Return the exit code for a response.

    Args:
        status: The HTTP status.
        slug: The end of the problem's type; "" if the response is no problem.
    """
    known = BY_STATUS.get(HTTPStatus(status)) if status in set(HTTPStatus) else None
    return BY_SLUG.get(slug) or known or ExitCode.FAILED


@contextmanager
def reported() -> Iterator[None]:
    """Print what ends a command early on stderr, and end the program with its exit code."""
    try:
        yield
    except Problem as problem:  # the text for the log: the user of this program is the operator
        code = exit_code(problem.status, problem.slug)
        _end(CommandError(f"{problem.title}. {problem}", code, problem.retry_after))
    except CommandError as error:
        _end(error)


def _end(error: CommandError) -> None:
    print(plain(str(error)), file=sys.stderr)
    if error.retry_after is not None:
        print(f"Retry-After: {error.retry_after}", file=sys.stderr)
    raise typer.Exit(error.code) from None
