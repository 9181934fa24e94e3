"""Serve function_app.py as `func start` does, with the ACS emulator beside it."""

import argparse
import asyncio
import logging
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from acs_emulator.allowed_hosts import add_allowed_host
from acs_emulator.entra.token_lifetime import TOKEN_SECONDS, add_entra_token_seconds
from acs_emulator.ports import parse_port
from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.environ import Environ
from local_host.emulator import find_emulator
from local_host.environment import set_environment
from local_host.settings import (
    LocalSettings,
    StartupError,
    read_host_settings,
    read_local_settings,
)


def main(
    given: Sequence[str] | None = None, prog: str = "python -m local_host", app: Path | None = None
) -> int:
    """Run the host until Ctrl-C; return the exit status.

    Args:
        given: The arguments; None for those of this process.
        prog: What the usage calls the program.
        app: The folder with function_app.py; None for the current one, as `func start`.
    """
    arguments = _arguments(given, prog)
    # Core Tools starts the worker with this variable set.
    debug = os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING") == "1"
    level = logging.DEBUG if debug else logging.INFO
    logging.basicConfig(level=level, format="[%(asctime)s] %(message)s")
    try:
        _run(arguments, app or Path.cwd())
    except StartupError as error:
        print(error, file=sys.stderr)
        return 1
    # Azure Functions has no shutdown hook, so the app does not close its connections to ACS.
    # Python would log that at exit, which helps nobody.
    logging.disable()
    return 0


def _arguments(given: Sequence[str] | None, prog: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=prog, description=__doc__)
    add = parser.add_argument
    add("--port", type=parse_port,
        help="default: Host.LocalHttpPort of local.settings.json, else 7071")  # fmt: skip
    add("--no-emulator", action="store_true", help="do not start the ACS emulator")
    add("--function-key", metavar="KEY",
        help="the key that functions need, as in Azure; default: none")  # fmt: skip
    add_allowed_host(parser)
    add_entra_token_seconds(parser)
    arguments = parser.parse_args(given)
    if arguments.function_key is not None and not re.fullmatch("[!-~]+", arguments.function_key):
        parser.error("--function-key: must be printable ASCII without blanks")
    return arguments


def _run(arguments: argparse.Namespace, app: Path) -> None:
    local, host = read_local_settings(app), read_host_settings(app)
    set_environment(local)
    emulator, description = find_emulator(wanted=not arguments.no_emulator)
    starts_one = emulator is not None and not emulator.runs_already
    if arguments.entra_token_seconds != TOKEN_SECONDS and not starts_one:
        raise StartupError("--entra-token-seconds: no emulator is started that could follow it.")
    # Imported now that the environment is set: aiohttp reads the trusted authorities at import.
    from local_host.page_options import page_options
    from local_host.serve import Options, serve

    options = Options(
        app_folder=app,
        port=local.port if arguments.port is None else arguments.port,
        function_key=arguments.function_key,
        allowed_hosts=arguments.allowed_host,
        emulator=emulator,
        entra_token_seconds=arguments.entra_token_seconds,
        guests=_guests_are_on(),
        page=page_options(os.environ),
        notes="".join([*_settings_notes(local), description]),
    )
    asyncio.run(serve(host, local, options))


def _guests_are_on() -> bool:
    try:
        return Environ(os.environ).choice("GUESTS", ("off", "on", "invited")) == "on"
    except MisconfiguredError:
        return False  # the app reports it with every response


def _settings_notes(local: LocalSettings) -> Iterator[str]:
    yield f"Settings: the environment, then {local.path.name}.\n"
    for origin in local.cors:
        if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
            yield (
                f"CORS: '{origin}' matches no page:"
                " write scheme://host:port, without blanks, without a slash at the end.\n"
            )


if __name__ == "__main__":
    sys.exit(main())
