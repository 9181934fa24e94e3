"""The options that several commands have."""

from typing import Annotated

import typer

from acs_tokens_cli.output import Output

Url = Annotated[
    str | None,
    typer.Option(
        envvar="ACS_TOKENS_URL",
        help="Use the service at this address, https://<host>/api."
        " Without it the command talks to ACS itself, with this machine's settings.",
    ),
]
KeyFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="The file with the function key, or - for stdin; default: the variable"
        " ACS_TOKENS_KEY.",
    ),
]
OutputForm = Annotated[
    Output,
    typer.Option("--output", "-o", envvar="ACS_TOKENS_OUTPUT", help="The form of the result."),
]
Curl = Annotated[
    bool, typer.Option("--curl", help="Print the request as a curl command, and do not send it.")
]
TokenOnly = Annotated[bool, typer.Option("--token-only", help="Print the token and nothing else.")]
UserId = Annotated[str, typer.Argument(metavar="USER_ID", help="8:acs:<guid>_<guid>")]
