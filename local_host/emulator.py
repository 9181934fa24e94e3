"""The emulator that goes with the app, when its settings name one."""

import http.client
import os
import re
import ssl
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from acs_emulator.certificates import certificates
from acs_emulator.defaults import ACCESS_KEY, ACCESS_KEY_2, CERTIFICATES
from acs_emulator.ports import PortTakenError, Sockets, listen
from acs_tokens.errors import MisconfiguredError
from acs_tokens.settings.acs import AcsSettings
from acs_tokens.settings.environ import Environ
from local_host.settings import StartupError

PROBE_SECONDS = 2
AUTHORITY = re.compile(r"https://localhost:([0-9]{1,5})/?")
TRUSTED = "SSL_CERT_FILE"  # what OpenSSL trusts; the app builds its contexts from it


@dataclass(frozen=True)
class Emulator:
    """An emulator to run.

    Attributes:
        port: Where ACS is, over http.
        entra_port: Where Entra is, over TLS; None where the settings have none there.
    """

    port: int
    entra_port: int | None


def find_emulator(*, wanted: bool) -> Emulator | None:
    """Find out which emulator the settings want, unless it runs already; say which ACS is used.

    Its TLS port is where the settings have Entra, and this process comes to trust its certificate.
    """
    try:
        acs = AcsSettings.from_environ(Environ(os.environ))
    except MisconfiguredError:
        return None  # the app will say so
    port = _port(acs)
    if not (wanted and port):
        print(f"ACS: {acs.endpoint}; no emulator started.")
        return None
    authority = AUTHORITY.fullmatch(os.environ.get("ENTRA_AUTHORITY", ""))
    if authority:
        _trust(certificates(CERTIFICATES).authority)
    if _is_emulator(port):
        print(f"Emulator: {acs.endpoint}, which runs already. Its tokens open nothing.")
        return None
    print(f"Emulator of ACS: {acs.endpoint}. Its tokens open nothing.")
    if authority:
        print(f"Emulator of Entra: {authority[0]}. It signs in made-up users.")
    return Emulator(port, int(authority[1]) if authority else None)


def serving_emulator(emulator: Emulator) -> AbstractAsyncContextManager[None]:
    """Run an emulator.

    Raises:
        StartupError: Another program has a port.
    """
    # Imported here: it brings libraries along that a start without an emulator can do without.
    from acs_emulator.app import create_app
    from acs_emulator.server import Listener, serving

    listeners: list[Listener] = [(_listen(emulator.port), None)]
    if emulator.entra_port:
        context = certificates(CERTIFICATES).server_context()
        listeners.append((_listen(emulator.entra_port), context))
    return serving(create_app(ACCESS_KEY), *listeners)


def _port(acs: AcsSettings) -> int | None:
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
