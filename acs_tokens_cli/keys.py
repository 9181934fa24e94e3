"""The commands for the service's own keys: for guest handles, and for the hashes in the log."""

import base64
import os
import re
import secrets
import sys
from typing import Annotated

import typer

from acs_tokens.oidc.person import EntraUser, as_person
from acs_tokens.settings.acs import AcsSettings
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.log import KEY as LOG_KEY
from acs_tokens.settings.log import LogSettings
from acs_tokens.telemetry.audit import keyed_hash
from acs_tokens_cli.environment import complete_environment
from acs_tokens_cli.failures import CommandError, ExitCode, reported

KEY_BYTES = 32
ROTATION = """\
This is a key for GUEST_HANDLE_KEYS. To rotate:
1. Put it before the present keys, with a comma after it. It signs new handles from then on.
2. Wait 24 hours, the longest life of a handle.
3. Remove the old keys."""

keys = typer.Typer(no_args_is_help=True, help="Keys of the service.")


@keys.command("new")
def new_key(
    key_id: Annotated[
        str | None, typer.Option("--id", help="What handles name the key by; default: random.")
    ] = None,
) -> None:
    """Make a key for GUEST_HANDLE_KEYS; the part after the colon is one for LOG_HASH_KEY too."""
    with reported():
        name = f"k{secrets.token_hex(4)}" if key_id is None else key_id
        if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", name):
            raise CommandError("--id: 1 to 64 letters, digits, _ and -.", ExitCode.USAGE)
        print(f"{name}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}")
        print(ROTATION, file=sys.stderr)


def log_hash(
    id_: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A user id, <tenant id>:<object id>, '<issuer> <subject>', or an invitation's id.",
        ),
    ],
) -> None:
    """Print the hash that stands for an id in the log."""
    with reported():
        complete_environment()
        environ = Environ(os.environ)
        access_keys = () if environ.text(LOG_KEY) else AcsSettings.from_environ(environ).access_keys
        if not environ.text(LOG_KEY) and not access_keys:
            raise CommandError(
                f"{LOG_KEY} is not set, and there is no access key to derive it from: each process"
                " of the service makes up its own, so no hash can be computed.",
                ExitCode.MISCONFIGURED,
            )
        key = LogSettings.from_environ(environ, access_keys).hash_key
        print(keyed_hash(_as_logged(id_), key.get_secret_value()))


def _as_logged(id_: str) -> str:
    """Return an id as the service hashes it: only the GUIDs of Entra's users in lower case."""
    return id_.lower() if isinstance(as_person(id_), EntraUser) else id_
