"""The commands for identities and their tokens."""

import asyncio
import os
from typing import Annotated, Any, get_args

import typer
from pydantic import ValidationError

from acs_tokens.models.requests import TeamsTokenRequest, TokenRequest
from acs_tokens.models.values import MAX_LIFETIME_MINUTES, MIN_LIFETIME_MINUTES, Scope
from acs_tokens_cli import operations
from acs_tokens_cli.curl import LOCAL, TEAMS_TOKEN_VARIABLE, curl_command
from acs_tokens_cli.deployment import Deployment
from acs_tokens_cli.environment import read_settings
from acs_tokens_cli.failures import CommandError, ExitCode, reported
from acs_tokens_cli.inspection import describe_token
from acs_tokens_cli.operations import Operation
from acs_tokens_cli.options import Curl, KeyFile, OutputForm, TokenOnly, Url, UserId
from acs_tokens_cli.output import Output, print_fields
from acs_tokens_cli.secret_input import STDIN, read_secret

user = typer.Typer(no_args_is_help=True, help="Create and delete identities.")
token = typer.Typer(no_args_is_help=True, help="Issue, refresh, revoke and inspect access tokens.")
teams = typer.Typer(no_args_is_help=True, help="Tokens of Teams users.")

SCOPES = get_args(Scope)


def _check_scopes(given: list[str] | None) -> list[str] | None:
    if set(given or ()) - set(SCOPES):
        raise typer.BadParameter(f"must be among {', '.join(SCOPES)}.")
    return given


Scopes = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        "-s",
        callback=_check_scopes,
        autocompletion=lambda: list(SCOPES),
        help=f"What the token allows: {', '.join(SCOPES)}; may be repeated. Default: voip.",
    ),
]
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
        _run(operations.create_user(), url, key_file, output, curl=curl)


@user.command("delete")
def delete_user(
    user_id: UserId, url: Url = None, key_file: KeyFile = None, *, curl: Curl = False
) -> None:
    """Delete an identity with all that ACS holds of it."""
    with reported():
        _run(operations.delete_user(user_id), url, key_file, curl=curl)


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
        _run(operation, url, key_file, output, token_only=token_only, curl=curl)


@token.command("refresh")
def refresh_token(
    user_id: UserId, scope: Scopes = None, minutes: Minutes = None,
    url: Url = None, key_file: KeyFile = None, output: OutputForm = Output.TABLE, *,
    token_only: TokenOnly = False, curl: Curl = False,
) -> None:  # fmt: skip
    """Issue the next access token, with a key that may refresh and nothing else."""
    with reported():
        operation = operations.refresh_token(user_id, _token_request(scope, minutes))
        _run(operation, url, key_file, output, token_only=token_only, curl=curl)


@token.command("revoke")
def revoke_tokens(
    user_id: UserId, url: Url = None, key_file: KeyFile = None, *, curl: Curl = False
) -> None:
    """Revoke all access tokens of an identity."""
    with reported():
        _run(operations.revoke_tokens(user_id), url, key_file, curl=curl)


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
        _run(operation, url, key_file, output, token_only=token_only, curl=curl)


def _token_request(scopes: list[str] | None, minutes: int | None) -> TokenRequest:
    given = {"scopes": scopes, "expiresInMinutes": minutes}
    return TokenRequest.model_validate({name: value for name, value in given.items() if value})


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


def _run(
    operation: Operation, url: str | None, key_file: str | None, output: Output = Output.TABLE, *,
    token_only: bool = False, curl: bool = False,
) -> None:  # fmt: skip
    """Run an operation here or at a service, or print it as a curl command; print the result."""
    deployment = Deployment.read(url, key_file) if url else None
    if curl:
        print(curl_command(operation, deployment or LOCAL))
        return
    result = _result(operation, deployment)
    if token_only:
        print((result or {}).get("token", ""))
    elif result:
        print_fields(result, output)


def _result(operation: Operation, deployment: Deployment | None) -> dict[str, Any] | None:
    # Imported here: `serve` sets the trusted authorities, which aiohttp reads at its import.
    if deployment:
        from acs_tokens_cli.over_http import send

        return asyncio.run(send(operation, deployment))
    from acs_tokens_cli.in_process import run_in_process

    return asyncio.run(run_in_process(operation, read_settings()))
