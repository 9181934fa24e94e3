"""Serve function_app.py as `func start` does, with the ACS emulator beside it."""

import argparse
import asyncio
import base64
import contextlib
import logging
import os
import re
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from acs_emulator.server import (
    PortTakenError,
    Sockets,
    interruption,
    listen,
    port,
    port_of,
    serving,
)
from acs_tokens.connection import ACCESS_KEY, CONNECTION_STRING, ENDPOINT
from acs_tokens.guest_settings import KEYS as HANDLE_KEYS
from local_host.emulator import emulator
from local_host.functions import HttpFunction, load_functions
from local_host.host import Host
from local_host.settings import (
    LocalSettings,
    StartupError,
    read_host_settings,
    read_local_settings,
)

APP = Path.cwd()  # as `func start`
TRY = "create_user_and_token"
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
        asyncio.run(_run(arguments))
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
    add("--port", type=port, help="default: Host.LocalHttpPort of local.settings.json, else 7071")
    add("--no-emulator", action="store_true", help="do not start the ACS emulator")
    add("--function-key", metavar="KEY", help="ask for this key, as Azure does; default: for none")
    arguments = parser.parse_args()
    if arguments.function_key is not None and not re.fullmatch("[!-~]+", arguments.function_key):
        parser.error("--function-key: must be printable ASCII without blanks")
    return arguments


async def _run(arguments: argparse.Namespace) -> None:
    stop = interruption()
    local, host = read_local_settings(APP), read_host_settings(APP)
    _set_environment(local)
    async with contextlib.AsyncExitStack() as stack:
        sockets = _listen(local.port if arguments.port is None else arguments.port)
        await stack.enter_async_context(emulator(wanted=not arguments.no_emulator))
        # On the running loop, as the worker does.
        functions, timers = load_functions(APP, host.route_prefix)
        app = Host(functions, timers, host, local, arguments.function_key).app()
        await stack.enter_async_context(serving(app, (sockets, None)))
        address = f"http://localhost:{port_of(sockets)}"
        _print_functions(functions, address, arguments.function_key)
        for timer in timers:
            print(f"{timer.name}, now:\n\n\tcurl -X POST {address}/admin/functions/{timer.name}\n")
        print("Ctrl-C stops it.", flush=True)
        await stop.wait()


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
    print(f"Settings: the environment, then {local.path.name}.")
    for origin in local.cors:
        if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
            print(
                f"CORS: '{origin}' matches no page: write scheme://host:port, no blank, no slash."
            )


def _listen(number: int) -> Sockets:
    try:
        return listen(number)
    except PortTakenError as error:
        raise StartupError(
            f"{error} Name another with --port, for example make start ARGS='--port 7081'."
        ) from None


def _print_functions(functions: Sequence[HttpFunction], address: str, key: str | None) -> None:
    print("\nFunctions:\n")
    for function in functions:
        print(f"\t{function.name}: [{','.join(function.methods)}] {address}/{function.template}\n")
    for function in functions:
        if function.name == TRY:
            header = f" -H 'x-functions-key: {key}'" if key else ""
            print(
                f"A VoIP token:\n\n\tcurl -X POST {address}/{function.template}{header}\n",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
