"""The emulator that goes with the app, when its settings name one."""

import contextlib
import http.client
import os
import re
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from acs_emulator.app import create_app
from acs_emulator.certificates import certificates
from acs_emulator.defaults import ACCESS_KEY, ACCESS_KEY_2, CERTIFICATES
from acs_emulator.server import Listener, PortTakenError, Sockets, listen, serving
from acs_tokens.connection import Connection
from acs_tokens.environ import Environ
from acs_tokens.errors import MisconfiguredError
from local_host.settings import StartupError

PROBE_SECONDS = 2
AUTHORITY = re.compile(r"https://localhost:([0-9]{1,5})/?")
TRUSTED = "SSL_CERT_FILE"  # what OpenSSL trusts; the app builds its contexts from it


def emulator(*, wanted: bool) -> contextlib.AbstractAsyncContextManager[None]:
    """Run an emulator where the settings have one, unless it runs already; say which ACS is used.

    Its TLS port is where the settings have Entra, and the app comes to trust its certificate.

    Raises:
        StartupError: Another program has a port.
    """
    try:
        acs = Connection.from_environ(Environ(os.environ))
    except MisconfiguredError:
        return contextlib.nullcontext()  # the app will say so
    port = _port(acs)
    if not (wanted and port):
        print(f"ACS: {acs.endpoint}; no emulator started.")
        return contextlib.nullcontext()
    authority = AUTHORITY.fullmatch(os.environ.get("ENTRA_AUTHORITY", ""))
    files = certificates(CERTIFICATES) if authority else None
    if files:
        _trust(files.authority)
    if _is_emulator(port):
        print(f"Emulator: {acs.endpoint}, which runs already. Its tokens open nothing.")
        return contextlib.nullcontext()
    listeners: list[Listener] = [(_listen(port), None)]
    print(f"Emulator of ACS: {acs.endpoint}. Its tokens open nothing.")
    if authority and files:
        listeners.append((_listen(int(authority[1])), files.server_context()))
        print(f"Emulator of Entra: {authority[0]}. It signs in made-up users.")
    return serving(create_app(ACCESS_KEY), *listeners)


def _port(acs: Connection) -> int | None:
    """The emulator's port, if it is the one that is named."""
    url = urlsplit(acs.endpoint)
    key = acs.access_keys[0].get_secret_value() if acs.access_keys else None
    return url.port if url.scheme == "http" and key in (ACCESS_KEY, ACCESS_KEY_2) else None


def _listen(port: int) -> Sockets:
    try:
        return listen(port)
    except PortTakenError as error:
        raise StartupError(
            f"{error} The settings have the emulator there: stop what uses it, or change the port"
            " in ACS_CONNECTION_STRING or ENTRA_AUTHORITY."
        ) from None


def _trust(authority: Path) -> None:
    """Trust one authority more, in this process."""
    usual = os.environ.get(TRUSTED) or ssl.get_default_verify_paths().openssl_cafile
    bundle = authority.with_name("trusted.pem")
    others = Path(usual).read_text() if Path(usual).is_file() and usual != str(bundle) else ""
    bundle.write_text(f"{others}\n{authority.read_text()}")
    os.environ[TRUSTED] = str(bundle.resolve())


def _is_emulator(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/.well-known/jwks.json")
        return connection.getresponse().headers["Server"] == "acs-emulator"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
