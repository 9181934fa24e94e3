"""The commands for bans, on an identity or on a person."""

from typing import TYPE_CHECKING, Annotated

import typer

from acs_tokens.models.requests import MAX_BAN_MINUTES, MAX_REASON_LENGTH, BanRequest
from acs_tokens.models.responses import BanDetails
from acs_tokens.web.bodies import validate
from acs_tokens_cli.failures import reported
from acs_tokens_cli.operation import Operation
from acs_tokens_cli.options import Curl, KeyFile, OutputForm, Url, Who, text_option
from acs_tokens_cli.output import Output
from acs_tokens_cli.perform import perform
from acs_tokens_cli.subjects import read_subject, route_of

if TYPE_CHECKING:
    from acs_tokens_cli.parts import Parts

ban = typer.Typer(no_args_is_help=True, help="Ban identities or people, and lift the bans.")


@ban.command("add")
def add_ban(
    who: Who,
    minutes: Annotated[
        int | None,
        typer.Option(min=1, max=MAX_BAN_MINUTES, help="How long it lasts. Default: for ever."),
    ] = None,
    reason: Annotated[
        str | None, text_option(MAX_REASON_LENGTH, "A note that `ban show` prints")
    ] = None,
    url: Url = None, key_file: KeyFile = None, *, curl: Curl = False,
) -> None:  # fmt: skip
    """Ban an identity and the person who has it, or a person; revoke the tokens."""
    given = {"untilMinutes": minutes, "reason": reason}
    with reported():
        body = validate(
            {name: each for name, each in given.items() if each is not None}, BanRequest
        )
        perform(_add(who, body), url, key_file, curl=curl)


@ban.command("show")
def show_ban(
    who: Who, url: Url = None, key_file: KeyFile = None, output: OutputForm = Output.TABLE, *,
    curl: Curl = False,
) -> None:  # fmt: skip
    """Show a ban: since when, until when if it ends, and why."""
    with reported():
        perform(_show(who), url, key_file, output, curl=curl)


@ban.command("lift")
def lift_ban(who: Who, url: Url = None, key_file: KeyFile = None, *, curl: Curl = False) -> None:
    """Lift a ban; do nothing if there is none."""
    with reported():
        perform(_lift(who), url, key_file, curl=curl)


def _add(who: str, body: BanRequest) -> Operation:
    subject = read_subject(who)

    async def add(parts: "Parts") -> None:
        if isinstance(subject, str):
            await parts.moderation().ban_user(subject, body)
        else:
            await parts.moderation().ban_person(subject, body)

    return Operation("POST", f"{route_of(subject)}/ban", add, body)


def _show(who: str) -> Operation:
    subject = read_subject(who)

    async def show(parts: "Parts") -> BanDetails:
        if isinstance(subject, str):
            return await parts.moderation().user_ban(subject)
        return await parts.moderation().person_ban(subject)

    return Operation("GET", f"{route_of(subject)}/ban", show)


def _lift(who: str) -> Operation:
    subject = read_subject(who)

    async def lift(parts: "Parts") -> None:
        if isinstance(subject, str):
            await parts.moderation().lift_user_ban(subject)
        else:
            await parts.moderation().lift_person_ban(subject)

    return Operation("DELETE", f"{route_of(subject)}/ban", lift)
