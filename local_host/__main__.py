"""Serve function_app.py as `func start` does, with the ACS emulator beside it."""

import argparse
import asyncio
import contextlib
import logging
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from acs_emulator.app import create_app
from acs_emulator.defaults import ACCESS_KEY as EMULATOR_KEY
from acs_emulator.server import (
    PortTakenError,
    Sockets,
    interruption,
    listen,
    port_of,
    serving,
)
from acs_tokens.connection import ACCESS_KEY, CONNECTION_STRING, ENDPOINT
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
EMULATOR = re.compile(
    rf"endpoint=http://(?:localhost|127\.0\.0\.1):([0-9]+)/?;accesskey={re.escape(EMULATOR_KEY)}",
    re.IGNORECASE,
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
    add("--port", type=int, help="default: Host.LocalHttpPort of local.settings.json, else 7071")
    add("--no-emulator", action="store_true", help="do not start the ACS emulator")
    add("--function-key", metavar="KEY", help="ask for this key, as Azure does; default: for none")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> None:
    stop = interruption()
    local, host = read_local_settings(APP), read_host_settings(APP)
    _set_environment(local)
    port = local.port if arguments.port is None else arguments.port
    async with contextlib.AsyncExitStack() as stack:
        sockets = _listen(port, "Stop it, or name another port with --port.")
        emulator = EMULATOR.fullmatch(os.environ.get(CONNECTION_STRING[0], "").rstrip(";"))
        if emulator and not arguments.no_emulator:
            await stack.enter_async_context(_emulator(int(emulator[1])))
        functions = load_functions(APP, host.route_prefix)  # on the running loop, as the worker
        app = Host(functions, host, local, arguments.function_key).app()
        await stack.enter_async_context(serving(app, (sockets, None)))
        _print_functions(functions, f"http://localhost:{port_of(sockets)}")
        await stop.wait()


def _set_environment(local: LocalSettings) -> None:
    """Give the app its settings; the example steps back when the environment names a resource."""
    values = dict(local.values)
    if local.is_example and any(map(os.environ.get, (*CONNECTION_STRING, *ENDPOINT, *ACCESS_KEY))):
        del values[CONNECTION_STRING[0]]
    for name, value in values.items():
        if not os.environ.get(name):  # what is set already wins
            os.environ[name] = value
    print(f"Settings: the environment, then {local.path.name}.")


def _listen(port: int, cure: str) -> Sockets:
    try:
        return listen(port)
    except PortTakenError as error:
        raise StartupError(f"{error} {cure}") from None


def _emulator(port: int) -> contextlib.AbstractAsyncContextManager[None]:
    sockets = _listen(
        port,
        f"{CONNECTION_STRING[0]} has the emulator there. Stop the other program; or, if it is an"
        " emulator, use it with --no-emulator.",
    )
    print(f"ACS emulator: http://127.0.0.1:{port}. Its tokens open nothing.")
    return serving(create_app(EMULATOR_KEY), (sockets, None))


def _print_functions(functions: Sequence[HttpFunction], address: str) -> None:
    print("\nFunctions:\n")
    for function in functions:
        print(f"\t{function.name}: [{','.join(function.methods)}] {address}/{function.template}\n")
    print("Ctrl-C stops it.", flush=True)
    for function in functions:
        if function.name == TRY:
            print(f"A VoIP token:\n\n\tcurl -X POST {address}/{function.template}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
