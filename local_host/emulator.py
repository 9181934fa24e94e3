"""The ACS emulator that goes with the app, when its settings name one."""

import contextlib
import http.client
import os
from urllib.parse import urlsplit

from acs_emulator.app import create_app
from acs_emulator.defaults import ACCESS_KEY
from acs_emulator.server import PortTakenError, listen, serving
from acs_tokens.connection import Connection
from acs_tokens.errors import MisconfiguredError
from local_host.settings import StartupError

PROBE_SECONDS = 2


def emulator(*, wanted: bool) -> contextlib.AbstractAsyncContextManager[None]:
    """Run an emulator where the settings have one, unless it runs already; say which ACS is used.

    Raises:
        StartupError: Another program has the port.
    """
    try:
        acs = Connection.from_environ(os.environ)
    except MisconfiguredError:
        return contextlib.nullcontext()  # the app will say so
    url = urlsplit(acs.endpoint)
    ours = (
        url.scheme == "http" and acs.access_key and acs.access_key.get_secret_value() == ACCESS_KEY
    )
    if not (ours and wanted and url.port):
        print(f"ACS: {acs.endpoint}; no emulator started.")
        return contextlib.nullcontext()
    try:
        sockets = listen(url.port)
    except PortTakenError as error:
        if not _is_emulator(url.port):
            raise StartupError(
                f"{error} The settings have the emulator there: stop what uses it, or change the"
                " port in ACS_CONNECTION_STRING."
            ) from None
        print(f"ACS emulator: {acs.endpoint}, which runs already. Its tokens open nothing.")
        return contextlib.nullcontext()
    print(f"ACS emulator: {acs.endpoint}. Its tokens open nothing.")
    return serving(create_app(ACCESS_KEY), (sockets, None))


def _is_emulator(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/.well-known/jwks.json")
        return connection.getresponse().headers["Server"] == "acs-emulator"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
