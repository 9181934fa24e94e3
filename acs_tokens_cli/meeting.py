"""The command for the Teams meeting that guests came for."""

import os
from typing import Annotated

import typer

from acs_tokens_cli.curl import GUEST_HANDLE_VARIABLE
from acs_tokens_cli.failures import CommandError, ExitCode, reported
from acs_tokens_cli.operation import Operation
from acs_tokens_cli.options import Curl, KeyFile, OutputForm, Url
from acs_tokens_cli.output import Output
from acs_tokens_cli.perform import perform
from acs_tokens_cli.secret_input import STDIN, read_secret

meeting = typer.Typer(no_args_is_help=True, help="The Teams meeting that guests came for.")


@meeting.command("show")
def show_meeting(
    handle_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="With --url where GUESTS is invited: the file with a guest handle, or - for"
            f" stdin; default: the variable {GUEST_HANDLE_VARIABLE}.",
        ),
    ] = None,
    url: Url = None, key_file: KeyFile = None, output: OutputForm = Output.TABLE, *,
    curl: Curl = False,
) -> None:  # fmt: skip
    """Show the link of the meeting; it is made if there is none yet."""
    with reported():
        handle = _guest_handle(handle_file, key_file, curl=curl) if url or curl else None
        operation = Operation(
            "GET", "guest/meeting", lambda parts: parts.meeting(),
            headers={"Accept": "application/json"}, guest_handle=handle,
        )  # fmt: skip
        perform(operation, url, key_file, output, curl=curl)


def _guest_handle(file: str | None, key_file: str | None, *, curl: bool) -> str | None:
    """Read the handle; None if there is none. --curl reads nothing and prints the variable."""
    if curl:
        return "-" if file or os.environ.get(GUEST_HANDLE_VARIABLE) else None
    if file == key_file == STDIN:
        raise CommandError(
            f"Only one secret can come from stdin: set {GUEST_HANDLE_VARIABLE}.", ExitCode.USAGE
        )
    return read_secret("The guest handle", file, GUEST_HANDLE_VARIABLE)
