"""Serve function_app.py as `func start` does, with the ACS emulator beside it."""

import argparse
import asyncio
import base64
import logging
import os
import re
import secrets
import sys
from pathlib import Path

from acs_emulator.ports import parse_port
from acs_tokens.settings.acs import ACCESS_KEY, CONNECTION_STRING, ENDPOINT
from acs_tokens.settings.guests import KEYS as HANDLE_KEYS
from local_host.emulator import find_emulator
from local_host.settings import (
    LocalSettings,
    StartupError,
    read_host_settings,
    read_local_settings,
)

APP = Path.cwd()  # as `func start`
# What the example says goes together, and steps back when the environment says otherwise.
STEPS_BACK = (
    (CONNECTION_STRING[0], (*CONNECTION_STRING, *ENDPOINT, *ACCESS_KEY)),
    ("ENTRA_", ("ENTRA_CLIENT_ID",)),
    ("IDENTITY_", ("IDENTITY_TABLE_ENDPOINT", "IDENTITY_TABLE_CONNECTION_STRING")),
)


def main() -> int:
    """Run the host until Ctrl-C; return the exit status."""
    arguments = _arguments()
    # Core Tools starts the worker with this variable set.
    debug = os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING") == "1"
    level = logging.DEBUG if debug else logging.INFO
    logging.basicConfig(level=level, format="[%(asctime)s] %(message)s")
    try:
        local, host = read_local_settings(APP), read_host_settings(APP)
        _set_environment(local)
        emulator = find_emulator(wanted=not arguments.no_emulator)
        # Imported when the environment is set: aiohttp reads the authorities to trust, once.
        from local_host.serve import serve

        number = local.port if arguments.port is None else arguments.port
        asyncio.run(serve(APP, number, host, local, arguments.function_key, emulator))
    except StartupError as error:
        print(error, file=sys.stderr)
        return 1
    # Functions have no shutdown hook, so the app never closes its connections to ACS; what
    # Python says about that at exit would only worry people.
    logging.disable()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local_host", description=__doc__)
    add = parser.add_argument
    add(
        "--port",
        type=parse_port,
        help="default: Host.LocalHttpPort of local.settings.json, else 7071",
    )
    add("--no-emulator", action="store_true", help="do not start the ACS emulator")
    add("--function-key", metavar="KEY", help="ask for this key, as Azure does; default: for none")
    arguments = parser.parse_args()
    if arguments.function_key is not None and not re.fullmatch("[!-~]+", arguments.function_key):
        parser.error("--function-key: must be printable ASCII without blanks")
    return arguments


def _set_environment(local: LocalSettings) -> None:
    """Give the app its settings; the example steps back when the environment names a resource."""
    values = dict(local.values)
    for names, given in STEPS_BACK if local.is_example else ():
        if any(map(os.environ.get, given)):
            values = {name: value for name, value in values.items() if not name.startswith(names)}
    for name, value in values.items():
        if not os.environ.get(name):  # what is set already wins
            os.environ[name] = value
    # Guests' handles last as long as this process; set the variable to keep them across starts.
    os.environ.setdefault(
        HANDLE_KEYS, f"local:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    )
    if file := os.environ.get("IDENTITY_SQLITE"):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    print(f"Settings: the environment, then {local.path.name}.")
    for origin in local.cors:
        if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
            print(
                f"CORS: '{origin}' matches no page: write scheme://host:port, no blank, no slash."
            )


if __name__ == "__main__":
    sys.exit(main())
