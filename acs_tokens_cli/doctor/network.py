"""Checks of the way to a server: its name, and TLS with it."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from acs_tokens_cli.doctor.check import Check, FindingError

AUTHORITY_CURE = (
    "If a proxy on the way replaces certificates, name a PEM file with its authority and the usual"
    " ones in SSL_CERT_FILE. Otherwise ask the server's owner for the whole chain."
)
# By OpenSSL's X509_V_ERR_… number.
CURES = {
    9: "Set this machine's clock.",  # not yet valid
    10: "If this machine's clock is right, the server's owner must renew the certificate.",
    62: "Check the host name in the URL; a proxy or DNS may lead to another server.",
}
CONNECTION_CURE = (
    "Check the port, firewalls and private endpoints on the way. The service uses no HTTP proxy,"
    " whatever HTTPS_PROXY says."
)


def way_to(url: str) -> Iterator[Check]:
    """Return the checks of the way to a server.

    Args:
        url: ``https://…`` or, for a loopback address, ``http://…``.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    yield Check(f"DNS: {host}", lambda: resolve(host, port))
    if parts.scheme == "https":
        yield Check(f"TLS: {host}", lambda: shake_hands(host, port), CONNECTION_CURE)


async def resolve(host: str, port: int) -> str:
    """Return the addresses of a host.

    Raises:
        FindingError: It has none.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise FindingError(
                "The DNS server does not respond.", "Check this machine's network and DNS server."
            ) from None
        raise FindingError(
            "There is no such name.",
            "Check the name in the settings or the URL; for a private endpoint, check that this"
            " network is linked to its DNS zone.",
        ) from None
    return ", ".join(dict.fromkeys(str(address[0]) for *_, address in found))


async def shake_hands(host: str, port: int) -> str:
    """Connect with TLS, with the trust that the service has; return what was agreed.

    Raises:
        FindingError: There is no connection, or the certificate is not trusted.
    """
    context = ssl.create_default_context()  # as aiohttp's: the system's, or SSL_CERT_FILE
    try:
        _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ssl.SSLCertVerificationError as error:
        raise FindingError(
            f"The certificate is refused: {error.verify_message}.",
            CURES.get(error.verify_code, AUTHORITY_CURE),
        ) from None
    except ssl.SSLError:
        raise FindingError("The server does not speak TLS here.", CONNECTION_CURE) from None
    except OSError as error:
        raise FindingError(f"No connection: {type(error).__name__}.", CONNECTION_CURE) from None
    version = writer.get_extra_info("ssl_object").version()
    end = writer.get_extra_info("peercert")["notAfter"]
    writer.transport.abort()
    return f"{version}, certificate until {end}"
