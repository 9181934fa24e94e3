"""The command line: all commands."""

import typer

from acs_tokens_cli.bans import ban
from acs_tokens_cli.doctor.command import doctor
from acs_tokens_cli.files import openapi
from acs_tokens_cli.identities import person, teams, token, user
from acs_tokens_cli.invitations import invitation
from acs_tokens_cli.keys import keys, log_hash
from acs_tokens_cli.meeting import meeting
from acs_tokens_cli.servers import PASS_ON, emulator, serve

app = typer.Typer(
    no_args_is_help=True,
    help="Identities and access tokens of Azure Communication Services (ACS), bans and"
    " invitations.\n\n"
    "Exit codes: 0 done; 1 something unexpected, or a check failed; 2 wrong usage; 3 misconfigured;"
    " 4 refused; 5 try again.",
    pretty_exceptions_enable=False,  # they would show variables, which hold secrets
)
app.add_typer(user, name="user")
app.add_typer(token, name="token")
app.add_typer(teams, name="teams")
app.add_typer(person, name="person")
app.add_typer(ban, name="ban")
app.add_typer(invitation, name="invitation")
app.add_typer(meeting, name="meeting")
app.add_typer(keys, name="keys")
app.command("log-hash")(log_hash)
app.command("doctor")(doctor)
app.command("openapi")(openapi)
app.command("serve", context_settings=PASS_ON)(serve)
app.command("emulator", context_settings=PASS_ON)(emulator)
