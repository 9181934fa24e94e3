"""Serve the functions, and the emulator beside them, until Ctrl-C."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from acs_emulator.ports import PortTakenError, Sockets, listen, port_of
from acs_emulator.server import serving, stop_event
from local_host.emulator import Emulator, serving_emulator
from local_host.functions import HttpFunction, load_functions
from local_host.host import Host
from local_host.settings import HostSettings, LocalSettings, StartupError

TRY = "create_user_and_token"


async def serve(
    app_folder: Path,
    port: int,
    host: HostSettings,
    local: LocalSettings,
    function_key: str | None,
    emulator: Emulator | None,
) -> None:
    """Serve until Ctrl-C.

    Args:
        emulator: The one to run besides, if any.

    Raises:
        StartupError: A port is taken, or the functions cannot be served.
    """
    stop = stop_event()
    async with contextlib.AsyncExitStack() as stack:
        sockets = _listen(port)
        if emulator:
            await stack.enter_async_context(serving_emulator(emulator))
        # On the running loop, as the worker does.
        functions, timers = load_functions(app_folder, host.route_prefix)
        app = Host(functions, timers, host, local, function_key).app()
        await stack.enter_async_context(serving(app, (sockets, None)))
        address = f"http://localhost:{port_of(sockets)}"
        _print_functions(functions, address, function_key)
        for timer in timers:
            print(f"{timer.name}, now:\n\n\tcurl -X POST {address}/admin/functions/{timer.name}\n")
        print("Ctrl-C stops it.", flush=True)
        await stop.wait()


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
