"""The commands for identities and their tokens."""

import os
from typing import Annotated

import typer
from pydantic import ValidationError

from acs_tokens.models.requests import TeamsTokenRequest, TokenRequest
from acs_tokens.models.values import MAX_LIFETIME_MINUTES, MIN_LIFETIME_MINUTES
from acs_tokens.web.bodies import validate
from acs_tokens_cli import operations
from acs_tokens_cli.curl import TEAMS_TOKEN_VARIABLE
from acs_tokens_cli.failures import CommandError, ExitCode, reported
from acs_tokens_cli.inspection import describe_token
from acs_tokens_cli.options import (
    Curl,
    KeyFile,
    OutputForm,
    Person,
    TokenOnly,
    Url,
    UserId,
    Who,
    scopes_option,
)
from acs_tokens_cli.output import Output, print_fields
from acs_tokens_cli.perform import perform
from acs_tokens_cli.secret_input import STDIN, read_secret

user = typer.Typer(no_args_is_help=True, help="Create, find and delete identities.")
token = typer.Typer(no_args_is_help=True, help="Issue, refresh, revoke and inspect access tokens.")
person = typer.Typer(no_args_is_help=True, help="People who have signed in.")
teams = typer.Typer(no_args_is_help=True, help="Tokens of Teams users.")

Scopes = Annotated[list[str] | None, scopes_option("What the token allows", "voip")]
Minutes = Annotated[
    int | None,
    typer.Option(
        min=MIN_LIFETIME_MINUTES,
        max=MAX_LIFETIME_MINUTES,
        help=f"How long the token lives. Default: {MAX_LIFETIME_MINUTES}.",
    ),
]


@user.command("create")
def create_user(
    url: Url = None, key_file: KeyFile = None, output: OutputForm = Output.TABLE, *,
    curl: Curl = False,
) -> None:  # fmt: skip
    """Create an identity."""
    with reported():
        perform(operations.create_user(), url, key_file, output, curl=curl)


@user.command("delete")
def delete_user(
    user_id: UserId, url: Url = None, key_file: KeyFile = None, *, curl: Curl = False
) -> None:
    """Delete an identity with all that ACS holds of it."""
    with reported():
        perform(operations.delete_user(user_id), url, key_file, curl=curl)


@user.command("find")
def find_user(
    who: Person, url: Url = None, key_file: KeyFile = None, output: OutputForm = Output.TABLE, *,
    curl: Curl = False,
) -> None:  # fmt: skip
    """Find the identity of a person."""
    with reported():
        perform(operations.find_user(who), url, key_file, output, curl=curl)


@person.command("find")
def find_person(
    user_id: UserId, url: Url = None, key_file: KeyFile = None,
    output: OutputForm = Output.TABLE, *, curl: Curl = False,
) -> None:  # fmt: skip
    """Find the person who has an identity, or had it before it was deleted."""
    with reported():
        perform(operations.find_person(user_id), url, key_file, output, curl=curl)


@token.command("issue")
def issue_token(
    user_id: Annotated[
        str | None, typer.Argument(help="8:acs:<guid>_<guid>; without it a new identity")
    ] = None,
    scope: Scopes = None, minutes: Minutes = None,
    url: Url = None, key_file: KeyFile = None, output: OutputForm = Output.TABLE, *,
    token_only: TokenOnly = False, curl: Curl = False,
) -> None:  # fmt: skip
    """Issue an access token, for a new identity or an existing one."""
    with reported():
        operation = operations.issue_token(user_id, _token_request(scope, minutes))
        perform(operation, url, key_file, output, only="token" if token_only else None, curl=curl)


@token.command("refresh")
def refresh_token(
    user_id: UserId, scope: Scopes = None, minutes: Minutes = None,
    url: Url = None, key_file: KeyFile = None, output: OutputForm = Output.TABLE, *,
    token_only: TokenOnly = False, curl: Curl = False,
) -> None:  # fmt: skip
    """Issue the next access token, with a key that may refresh and nothing else."""
    with reported():
        operation = operations.refresh_token(user_id, _token_request(scope, minutes))
        perform(operation, url, key_file, output, only="token" if token_only else None, curl=curl)


@token.command("revoke")
def revoke_tokens(
    who: Who, url: Url = None, key_file: KeyFile = None, *, curl: Curl = False
) -> None:
    """Revoke all access tokens of an identity, or of a person's."""
    with reported():
        perform(operations.revoke_tokens(who), url, key_file, curl=curl)


@token.command("inspect")
def inspect_token(
    file: Annotated[str, typer.Argument(help="The file with the token; - is stdin")] = STDIN,
    output: OutputForm = Output.TABLE,
) -> None:
    """Show what a token says of itself. Nothing is verified, and nobody is asked."""
    with reported():
        print_fields(describe_token(read_secret("The token", file) or ""), output)


@teams.command("exchange")
def exchange_teams_token(
    client_id: Annotated[str, typer.Option(help="The application that the token was issued to.")],
    user_object_id: Annotated[str, typer.Option(help="The user that it was issued to.")],
    token_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The file with the user's Entra token, or - for stdin; default: the variable"
            f" {TEAMS_TOKEN_VARIABLE}, else stdin.",
        ),
    ] = None,
    url: Url = None, key_file: KeyFile = None, output: OutputForm = Output.TABLE, *,
    token_only: TokenOnly = False, curl: Curl = False,
) -> None:  # fmt: skip
    """Exchange a Teams user's Entra token for an ACS access token."""
    with reported():
        body = _teams_request(client_id, user_object_id, token_file, key_file, curl=curl)
        operation = operations.exchange_teams_token(body)
        perform(operation, url, key_file, output, only="token" if token_only else None, curl=curl)


def _token_request(scopes: list[str] | None, minutes: int | None) -> TokenRequest:
    given: dict[str, object] = {"scopes": scopes, "expiresInMinutes": minutes}
    return validate({name: value for name, value in given.items() if value}, TokenRequest)


def _teams_request(
    client_id: str, user_object_id: str, token_file: str | None, key_file: str | None, *, curl: bool
) -> TeamsTokenRequest:
    """Read the Teams token; for --curl, which prints the variable's name, none is needed."""
    file = token_file or (None if os.environ.get(TEAMS_TOKEN_VARIABLE) else STDIN)
    if file == key_file == STDIN and not curl:
        raise CommandError(
            f"Only one secret can come from stdin: set {TEAMS_TOKEN_VARIABLE}.", ExitCode.USAGE
        )
    teams_token = "-" if curl else read_secret("The Teams token", file, TEAMS_TOKEN_VARIABLE)
    try:
        return TeamsTokenRequest.model_validate(
            {"token": teams_token, "clientId": client_id, "userObjectId": user_object_id}
        )
    except ValidationError:
        raise CommandError(
            "--client-id and --user-object-id must be GUIDs.", ExitCode.USAGE
        ) from None
