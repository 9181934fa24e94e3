"""Serves the functions and the emulator until Ctrl-C."""

import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from acs_emulator.ports import port_of
from acs_emulator.server import serving, stop_event
from local_host.emulator import Emulator, serving_emulator
from local_host.emulator_client import EmulatorClient
from local_host.functions import load_functions
from local_host.host import Host
from local_host.page_options import PageOptions
from local_host.ports import listen_or_fail
from local_host.settings import HostSettings, LocalSettings
from local_host.startup_message import startup_message

PORT_ADVICE = "Name another with --port, for example make start ARGS='--port 7081'."


@dataclass(frozen=True)
class Options:
    """How to serve.

    Attributes:
        app_folder: The folder with function_app.py.
        port: 0 chooses a free port.
        function_key: The key that functions need; None if they need none.
        allowed_hosts: The host names to serve besides those of loopback, in lower case.
        emulator: The emulator that the app uses, if it uses one.
        entra_token_seconds: The lifetime of its Entra's tokens.
        guests: Whether a page may get tokens for visitors who are not signed in.
        page: What the local page says, and the providers that it offers.
        notes: Lines to print about the settings and the emulator.
    """

    app_folder: Path
    port: int
    function_key: str | None
    allowed_hosts: Collection[str]
    emulator: Emulator | None
    entra_token_seconds: int
    guests: bool
    page: PageOptions
    notes: str


async def serve(host: HostSettings, local: LocalSettings, options: Options) -> None:
    """Serve until Ctrl-C.

    Raises:
        StartupError: A port is taken, or the functions cannot be served.
    """
    stop = stop_event()
    async with contextlib.AsyncExitStack() as stack:
        sockets = listen_or_fail(options.port, PORT_ADVICE)
        if options.emulator and not options.emulator.runs_already:
            await stack.enter_async_context(
                serving_emulator(
                    options.emulator, options.allowed_hosts, options.entra_token_seconds
                )
            )
        # On the running loop, as the worker of Azure Functions does it.
        functions, timers = load_functions(options.app_folder, host.route_prefix)
        app = Host(
            functions,
            timers,
            host,
            local,
            options.function_key,
            options.allowed_hosts,
            EmulatorClient(options.emulator) if options.emulator else None,
            options.page,
        ).app(options.app_folder)
        await stack.enter_async_context(serving(app, (sockets, None)))
        message = startup_message(
            functions,
            timers,
            f"http://localhost:{port_of(sockets)}",
            function_key=options.function_key,
            guests=options.guests,
            notes=options.notes,
        )
        print(message, flush=True)
        await stop.wait()
