"""The commands for invitations of guests."""

import re
from typing import Annotated

import typer

from acs_tokens.models.requests import (
    MAX_INVITATION_MINUTES,
    MAX_INVITED,
    MAX_LABEL_LENGTH,
    InvitationRequest,
)
from acs_tokens.models.values import INVITATION_ID, MAX_LIFETIME_MINUTES, MIN_LIFETIME_MINUTES
from acs_tokens.web.bodies import validate
from acs_tokens_cli.failures import CommandError, ExitCode, reported
from acs_tokens_cli.operation import Operation
from acs_tokens_cli.options import Curl, KeyFile, OutputForm, Url, scopes_option, text_option
from acs_tokens_cli.output import Output
from acs_tokens_cli.perform import perform

ANY = "any"

invitation = typer.Typer(no_args_is_help=True, help="Invite guests, and withdraw invitations.")


def _check_guests(given: str | None) -> str | None:
    is_number = re.fullmatch("[0-9]{1,5}", given or "") and 1 <= int(given or 0) <= MAX_INVITED
    if given not in (None, ANY) and not is_number:
        raise typer.BadParameter(f"must be a number from 1 to {MAX_INVITED}, or {ANY}.")
    return given


InvitationId = Annotated[
    str, typer.Argument(metavar="ID", help="The id from `invitation create`, not the invitation")
]
Minutes = Annotated[
    int, typer.Option(min=1, max=MAX_INVITATION_MINUTES, help="How long new guests may use it.")
]
Guests = Annotated[
    str | None,
    typer.Option(
        metavar=f"N|{ANY}",
        callback=_check_guests,
        autocompletion=lambda: [ANY],
        help=f"How many guests may use it, 1 to {MAX_INVITED}. Default: 1.",
    ),
]
Scopes = Annotated[
    list[str] | None, scopes_option("The most that the guests' tokens allow", "GUEST_SCOPES")
]
TokenMinutes = Annotated[
    int | None,
    typer.Option(
        min=MIN_LIFETIME_MINUTES,
        max=MAX_LIFETIME_MINUTES,
        help="The longest that the guests' tokens live. Default: GUEST_MAX_MINUTES.",
    ),
]
Label = Annotated[str | None, text_option(MAX_LABEL_LENGTH, "A note that `invitation show` prints")]
InvitationOnly = Annotated[
    bool, typer.Option("--invitation-only", help="Print the invitation and nothing else.")
]
RemoveGuests = Annotated[
    bool, typer.Option("--remove-guests", help="Also refuse the guests who came with it.")
]


@invitation.command("create")
def create_invitation(
    minutes: Minutes, guests: Guests = None, scope: Scopes = None,
    token_minutes: TokenMinutes = None, label: Label = None,
    url: Url = None, key_file: KeyFile = None, output: OutputForm = Output.TABLE, *,
    invitation_only: InvitationOnly = False, curl: Curl = False,
) -> None:  # fmt: skip
    """Make an invitation. It is a secret for those who are invited."""
    with reported():
        body = _request(minutes, guests, scope, token_minutes, label)
        operation = Operation(
            "POST", "invitations", lambda parts: parts.invitations().create(body), body
        )
        only = "invitation" if invitation_only else None
        perform(operation, url, key_file, output, only=only, curl=curl)


@invitation.command("show")
def show_invitation(
    id_: InvitationId, url: Url = None, key_file: KeyFile = None,
    output: OutputForm = Output.TABLE, *, curl: Curl = False,
) -> None:  # fmt: skip
    """Show an invitation, with the number of guests who may still come."""
    with reported():
        operation = Operation("GET", _route(id_), lambda parts: parts.invitations().describe(id_))
        perform(operation, url, key_file, output, curl=curl)


@invitation.command("withdraw")
def withdraw_invitation(
    id_: InvitationId, url: Url = None, key_file: KeyFile = None, *,
    remove_guests: RemoveGuests = False, curl: Curl = False,
) -> None:  # fmt: skip
    """Let nobody use an invitation any more."""
    with reported():
        operation = Operation(
            "DELETE",
            _route(id_) + ("?guests=remove" if remove_guests else ""),
            lambda parts: parts.invitations().withdraw(id_, removes_guests=remove_guests),
        )
        perform(operation, url, key_file, curl=curl)


def _request(
    minutes: int, guests: str | None, scopes: list[str] | None, token_minutes: int | None,
    label: str | None,
) -> InvitationRequest:  # fmt: skip
    optional = {"scopes": scopes or None, "maxMinutes": token_minutes, "label": label}
    body: dict[str, object] = {name: text for name, text in optional.items() if text is not None}
    if guests:
        body["guests"] = None if guests == ANY else int(guests)
    return validate({"expiresInMinutes": minutes, **body}, InvitationRequest)


def _route(id_: str) -> str:
    if not re.fullmatch(INVITATION_ID, id_):  # not repeated: it may be the invitation itself
        raise CommandError(
            "The id must be the 16 characters that `invitation create` prints as id. Never give"
            " the invitation itself.",
            ExitCode.USAGE,
        )
    return f"invitations/{id_}"
