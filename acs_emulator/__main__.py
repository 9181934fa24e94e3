"""Emulator of Azure Communication Services (ACS) Identity and Entra, on loopback."""

import argparse
import asyncio
import base64
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path

from acs_emulator.allowed_hosts import add_allowed_host
from acs_emulator.app import create_app
from acs_emulator.certificates import Certificates, certificates
from acs_emulator.defaults import (
    ACCESS_KEY,
    ACCESS_KEY_2,
    CERTIFICATES,
    IDENTITY_HEADER,
    PORT,
    connection_string,
)
from acs_emulator.entra.token_lifetime import add_entra_token_seconds
from acs_emulator.ports import PortError, listen, parse_port, port_of
from acs_emulator.server import Listener, serving, stop_event
from acs_emulator.trust import trust_instructions


class _CertificatesError(Exception):
    """The certificates cannot be written or read."""


def main(given: Sequence[str] | None = None, prog: str = "acs-emulator") -> int:
    """Run the emulator until Ctrl-C; return the exit status.

    Args:
        given: The arguments; None for those of this process.
        prog: What the usage calls the program.
    """
    try:
        asyncio.run(_run(_arguments(given, prog)))
    except PortError as error:
        print(f"{error} Name another with --port or --tls-port.", file=sys.stderr)
        return 1
    except _CertificatesError as error:
        print(f"--certs: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments(given: Sequence[str] | None, prog: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=prog, description=__doc__)
    add = parser.add_argument
    add("--port", type=parse_port, default=PORT, help=f"for http (default: {PORT})")
    add("--tls-port", type=parse_port, help="for https as well, for example 7073")
    add("--certs", type=Path, default=CERTIFICATES, metavar="DIR",
        help=f"folder of ca.pem, server.pem, server.key (default: {CERTIFICATES})")  # fmt: skip
    add("--access-key", type=_access_key, default=ACCESS_KEY, metavar="BASE64",
        help="the resource's primary key (default: a public one)")  # fmt: skip
    add("--access-key-2", type=_access_key, default=ACCESS_KEY_2, metavar="BASE64",
        help="the resource's secondary key (default: another public one)")  # fmt: skip
    add_allowed_host(parser)
    add_entra_token_seconds(parser)
    arguments = parser.parse_args(given)
    if arguments.access_key == arguments.access_key_2:
        parser.error("--access-key and --access-key-2 must differ")
    return arguments


def _access_key(text: str) -> str:
    try:
        usable = bool(base64.b64decode(text, validate=True))
    except ValueError:
        usable = False
    if not usable:
        raise argparse.ArgumentTypeError("must be base64")
    return text


async def _run(arguments: argparse.Namespace) -> None:
    stop = stop_event()
    plain = listen(arguments.port)
    listeners: list[Listener] = [(plain, None)]
    endpoint = f"http://127.0.0.1:{port_of(plain)}"
    usage = _usage(endpoint, arguments.access_key)
    if arguments.tls_port is not None:
        files, context = _certificates(arguments.certs)
        tls = listen(arguments.tls_port)
        listeners.append((tls, context))
        tls_endpoint = f"https://localhost:{port_of(tls)}"
        usage += _tls_usage(tls_endpoint, arguments.access_key, files.authority)
        usage += _entra_usage(endpoint, tls_endpoint)
    app = create_app(
        arguments.access_key,
        access_key_2=arguments.access_key_2,
        allowed_hosts=arguments.allowed_host,
        entra_token_seconds=arguments.entra_token_seconds,
    )
    async with serving(app, *listeners):
        print(usage, flush=True)
        await stop.wait()


def _certificates(folder: Path) -> tuple[Certificates, ssl.SSLContext]:
    try:
        files = certificates(folder)
        return files, files.server_context()
    except OSError as error:
        raise _CertificatesError(error) from None


def _usage(endpoint: str, access_key: str) -> str:
    return f"""\
acs-emulator: ACS Identity at {endpoint}. Its tokens are valid nowhere else. Ctrl-C stops it.

For acs-tokens, and for SDKs that accept http (Python: with endpoint and key; JavaScript: with
allowInsecureConnection):
  export ACS_CONNECTION_STRING='{connection_string(endpoint, access_key)}'
"""


def _tls_usage(endpoint: str, access_key: str, authority: Path) -> str:
    return f"""
For every SDK, over TLS:
  export ACS_CONNECTION_STRING='{connection_string(endpoint, access_key)}'

{trust_instructions(authority)}"""


def _entra_usage(endpoint: str, tls_endpoint: str) -> str:
    return f"""
To sign users in as with Entra, the authority is
  {tls_endpoint}/organizations
and alice@contoso.example and bob@contoso.example are two of the users.

To use a managed identity (DefaultAzureCredential):
  export ACS_ENDPOINT='{tls_endpoint}'
  export IDENTITY_ENDPOINT='{endpoint}/msi/token' IDENTITY_HEADER='{IDENTITY_HEADER}'
"""


if __name__ == "__main__":
    sys.exit(main())
