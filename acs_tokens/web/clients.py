"""The client that a request comes from, by its network address, for the rate limits."""

import functools
from ipaddress import IPv6Address, ip_address, ip_network

import azure.functions as func

from acs_tokens.context import ClientKey
from acs_tokens.settings import names_clients

CLIENT_IP = "client-ip"  # set by the platform; a caller can set the start of X-Forwarded-For
MAX_ADDRESS_CHARACTERS = 64  # an IPv6 address with scope, brackets and port is shorter
MAX_CACHED = 10_000

# IPv6: a /64 is a household, and a /56 what many providers give a household. A caller who moves
# within the /56 gets four times as much as one who does not, and not 256 times.
WIDE_SHARE = 4
UNKNOWN = (ClientKey("unknown", share=10),)  # all clients without a readable address together


def client_of(req: func.HttpRequest) -> tuple[ClientKey, ...]:
    """Return what a guest's request, or one with a wrong credential, is counted by.

    All clients are unknown on a platform that does not overwrite the header: a caller could send
    any address in it.
    """
    address = req.headers.get(CLIENT_IP, "") if names_clients() else ""
    return client_keys(address) if len(address) <= MAX_ADDRESS_CHARACTERS else UNKNOWN


@functools.lru_cache(MAX_CACHED)
def client_keys(address: str) -> tuple[ClientKey, ...]:
    """Return the keys of an address: one for IPv4; the /64 and the /56 for IPv6.

    Args:
        address: As the platform writes it, with or without a port.

    Returns:
        `UNKNOWN` if it is not an address.
    """
    text = address.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text)
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return (ClientKey(str(parsed.ipv4_mapped)),)
        return (
            ClientKey(_network(parsed, 64)),
            ClientKey(_network(parsed, 56), share=WIDE_SHARE),
        )
    return (ClientKey(str(parsed)),)


def _network(address: IPv6Address, prefix: int) -> str:
    return str(ip_network((address.packed, prefix), strict=False))
