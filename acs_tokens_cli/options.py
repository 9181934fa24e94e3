"""The options that several commands have."""

from typing import Annotated, Any, get_args

import typer

from acs_tokens.models.values import Scope
from acs_tokens_cli.output import Output
from acs_tokens_cli.subjects import PERSON_FORM, USER_ID_FORM

SCOPES = get_args(Scope)


def _check_scopes(given: list[str] | None) -> list[str] | None:
    if set(given or ()) - set(SCOPES):
        raise typer.BadParameter(f"must be among {', '.join(SCOPES)}.")
    return list(dict.fromkeys(given or ())) or None


def scopes_option(meaning: str, default: str) -> Any:
    """Return the option ``--scope``.

    Args:
        meaning: What the scopes are, for --help.
        default: What holds without the option, for --help.
    """
    return typer.Option(
        "--scope",
        "-s",
        callback=_check_scopes,
        autocompletion=lambda: list(SCOPES),
        help=f"{meaning}: {', '.join(SCOPES)}; may be repeated. Default: {default}.",
    )


def text_option(longest: int, meaning: str) -> Any:
    """Return an option that is a text.

    Args:
        longest: How many characters it may have.
        meaning: What it is, for --help.
    """

    def check(given: str | None) -> str | None:
        if given and len(given) > longest:
            raise typer.BadParameter(f"must have {longest} characters at most.")
        return given

    return typer.Option(callback=check, help=f"{meaning}, up to {longest} characters.")


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
UserId = Annotated[str, typer.Argument(metavar="USER_ID", help=USER_ID_FORM)]
Person = Annotated[str, typer.Argument(metavar="PERSON", help=f"{PERSON_FORM} of a user of Entra")]
Who = Annotated[
    str,
    typer.Argument(metavar="WHO", help=f"{USER_ID_FORM}, or {PERSON_FORM} of a user of Entra"),
]
