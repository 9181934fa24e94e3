"""Finds out which ACS the app uses, and starts the emulator if it is that one."""

import atexit
import http.client
import os
import re
import ssl
import tempfile
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from acs_emulator.certificates import certificates
from acs_emulator.defaults import ACCESS_KEY, ACCESS_KEY_2, CERTIFICATES, connection_string
from acs_emulator.trust import trust_instructions
from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.acs import AcsSettings
from acs_tokens.settings.environ import Environ
from local_host.ports import listen_or_fail
from local_host.settings import StartupError

# A busy machine responds late; if nothing listens on the port, the probe fails at once.
PROBE_SECONDS = 15
AUTHORITY = re.compile(r"https://localhost:([0-9]{1,5})/?")
CA_FILE = "SSL_CERT_FILE"  # OpenSSL's variable: the file with the authorities to trust
PORT_ADVICE = (
    "The settings have the emulator there: stop what uses it, or change the port wherever the"
    " settings have it."
)
FOLDER_ADVICE = "Start in a folder that you may write to, or without an emulator: --no-emulator."


@dataclass(frozen=True)
class Emulator:
    """The emulator that the settings name.

    Attributes:
        endpoint: The address of ACS, over http.
        access_key: The access key of the settings, base64.
        entra_port: The TLS port of Entra and ACS; None if the settings name none.
        runs_already: Whether it was started by another program.
        client_id: The application that users sign in to; None if sign-in is not set up.
        scope: The permission that the application needs of them.
    """

    endpoint: str
    access_key: str
    entra_port: int | None
    runs_already: bool
    client_id: str | None
    scope: str

    def description(self) -> str:
        """Return the lines that tell a developer how to use the emulator."""
        runs = ", which runs already" if self.runs_already else ""
        text = f"Emulator of ACS: {self.endpoint}{runs}. Its tokens are valid nowhere else.\n"
        if self.entra_port is None:
            return text
        tls_endpoint = f"https://localhost:{self.entra_port}"
        return f"""\
{text}Emulator of Entra: {tls_endpoint}. Its users are made up.

The emulator over TLS, for Microsoft's SDKs:

    export ACS_CONNECTION_STRING='{connection_string(tls_endpoint, self.access_key)}'

{trust_instructions(CERTIFICATES / "ca.pem")}"""


def find_emulator(*, wanted: bool) -> tuple[Emulator | None, str]:
    """Find the emulator that the settings in the environment name.

    If Entra is an emulator too, this process trusts its certificate from then on.

    Args:
        wanted: Whether an emulator may be used.

    Returns:
        The emulator, or None if the app uses another ACS; and the lines to print about it.

    Raises:
        StartupError: The emulator's certificates cannot be written or read.
    """
    try:
        acs = AcsSettings.from_environ(Environ(os.environ))
    except MisconfiguredError:
        return None, ""  # the app reports it with every response
    key = _public_key(acs)
    if not (wanted and key):
        return None, f"ACS: {acs.endpoint}; no emulator started.\n"
    authority = AUTHORITY.fullmatch(os.environ.get("ENTRA_AUTHORITY", ""))
    if authority:
        try:
            _trust(certificates(CERTIFICATES).authority)
        except OSError as error:
            raise StartupError(
                f"The emulator's certificates cannot be written or read: {error}. {FOLDER_ADVICE}"
            ) from None
    emulator = Emulator(
        endpoint=acs.endpoint,
        access_key=key,
        entra_port=int(authority[1]) if authority else None,
        runs_already=_is_emulator(urlsplit(acs.endpoint).port),
        client_id=os.environ.get("ENTRA_CLIENT_ID") or None,
        scope=os.environ.get("ENTRA_SCOPE") or "Acs.Token",
    )
    return emulator, emulator.description()


def serving_emulator(
    emulator: Emulator, allowed_hosts: Collection[str], entra_token_seconds: int
) -> AbstractAsyncContextManager[None]:
    """Serve an emulator until the block ends.

    Args:
        allowed_hosts: The host names to serve besides those of loopback, in lower case.
        entra_token_seconds: The lifetime of Entra's tokens.

    Raises:
        StartupError: One of its ports cannot be opened.
    """
    # Imported here: a start without an emulator does not need these libraries.
    from acs_emulator.app import create_app
    from acs_emulator.server import Listener, serving

    port = urlsplit(emulator.endpoint).port or 0
    listeners: list[Listener] = [(listen_or_fail(port, PORT_ADVICE), None)]
    if emulator.entra_port:
        context = certificates(CERTIFICATES).server_context()
        listeners.append((listen_or_fail(emulator.entra_port, PORT_ADVICE), context))
    app = create_app(
        ACCESS_KEY, allowed_hosts=allowed_hosts, entra_token_seconds=entra_token_seconds
    )
    return serving(app, *listeners)


def _public_key(acs: AcsSettings) -> str | None:
    """Return the access key if it is one of the emulator's, and the endpoint has a port."""
    url = urlsplit(acs.endpoint)
    key = acs.access_keys[0].get_secret_value() if acs.access_keys else None
    return key if url.scheme == "http" and url.port and key in (ACCESS_KEY, ACCESS_KEY_2) else None


def _trust(authority: Path) -> None:
    """Make this process trust one more authority."""
    usual = Path(os.environ.get(CA_FILE) or ssl.get_default_verify_paths().openssl_cafile or "")
    others = usual.read_text() if usual.is_file() else ""
    if authority.read_text() in others:
        return
    # A file of its own: a program that starts at the same time may trust other authorities.
    descriptor, bundle = tempfile.mkstemp(".pem", "trusted-", authority.parent)
    atexit.register(os.unlink, bundle)
    with open(descriptor, "w") as file:  # noqa: PTH123 - a descriptor has no path
        file.write(f"{others}\n{authority.read_text()}")
    os.environ[CA_FILE] = str(Path(bundle).resolve())


def _is_emulator(port: int | None) -> bool:
    """Return whether an emulator listens on a port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/.well-known/jwks.json")
        return connection.getresponse().headers["Server"] == "acs-emulator"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
