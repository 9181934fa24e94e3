"""The ACS resource: its endpoint and access keys."""

import re
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.environ import Environ, mutually_exclusive
from acs_tokens.settings.keys import MIN_KEY_BYTES, decode_base64, hmac_form

# The first name of each row is ours; the others stand in Microsoft's documents.
CONNECTION_STRING = (
    "ACS_CONNECTION_STRING",
    "COMMUNICATION_SERVICES_CONNECTION_STRING",
    "AZURE_COMMUNICATION_CONNECTION_STRING",
)
ENDPOINT = ("ACS_ENDPOINT", "COMMUNICATION_SERVICES_ENDPOINT")
ACCESS_KEY = ("ACS_ACCESS_KEY", "COMMUNICATION_SERVICES_ACCESSKEY")
SECOND_KEY = ("ACS_CONNECTION_STRING_2", "ACS_ACCESS_KEY_2")

ACS_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+communication\.azure\.(?:com|us)"
)
# The emulator's public keys, repeated here because it shares no code with this service.
EMULATOR_KEYS = (
    "dGhlIGFjY2VzcyBrZXkgb2YgZXZlcnkgYWNzLWVtdWxhdG9yOyBpdCBvcGVucyBub3RoaW5n",
    "dGhlIG90aGVyIGtleSBvZiBldmVyeSBhY3MtZW11bGF0b3I7IGl0IG9wZW5zIG5vdGhpbmc=",
)
EMULATOR_KEY_FORMS = {hmac_form(decode_base64(key)) for key in EMULATOR_KEYS}
LOOPBACK = re.compile(r"(?:[a-z0-9.]+|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?")


class AcsSettings(BaseModel):
    """The ACS resource.

    Attributes:
        endpoint: ``https://<resource>.communication.azure.com``, or a loopback address, without a
            slash at the end, which the SDK would sign as part of the host.
        access_keys: The resource's keys (base64), the preferred one first; none means that this
            service authenticates with Entra (managed identity or developer login).
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    endpoint: str
    access_keys: tuple[SecretStr, ...] = ()

    @classmethod
    def from_environ(cls, environ: Environ) -> Self:
        """Read the connection string, or endpoint and key, or the endpoint alone.

        Raises:
            MisconfiguredError: None or more than one of these is set, or it makes no sense, or is
                for a developer's machine and this is not one.
        """
        string_name, string = environ.one_of(CONNECTION_STRING)
        endpoint_name, endpoint = environ.one_of(ENDPOINT)
        key_name, key = environ.one_of(ACCESS_KEY)
        if string and (endpoint or key):
            raise mutually_exclusive(string_name, endpoint_name if endpoint else key_name)
        if string:
            endpoint_name = key_name = string_name
            endpoint, key = _split(string_name, string)
        if not endpoint:
            wanted = endpoint_name if key else string_name
            raise MisconfiguredError(
                wanted, "is not set. Set it to what the page 'Keys' of the ACS resource shows."
            )
        endpoint = _endpoint(environ, endpoint_name, endpoint, has_key=bool(key))
        keys = [_access_key(environ, key_name, key)] if key else []
        if second := _second_key(environ, endpoint):
            if not keys:
                raise MisconfiguredError(
                    environ.one_of(SECOND_KEY)[0], "is set, but no first key. Set that one too."
                )
            if decode_base64(second) == decode_base64(keys[0]):
                raise MisconfiguredError(
                    environ.one_of(SECOND_KEY)[0], "is the first key again. Set the other one."
                )
            keys.append(second)
        return cls(endpoint=endpoint, access_keys=tuple(map(SecretStr, keys)))


def _second_key(environ: Environ, endpoint: str) -> str:
    """Return the other key, set by itself or in a connection string; "" when it is not set."""
    name, value = environ.one_of(SECOND_KEY)
    if not value:
        return ""
    if name == SECOND_KEY[0]:
        other, value = _split(name, value)
        if not _is_same(_endpoint(environ, name, other, has_key=True), endpoint):
            raise MisconfiguredError(
                name, "names another resource than the first key's. Copy it from the same page."
            )
    return _access_key(environ, name, value)


def _split(name: str, text: str) -> tuple[str, str]:
    """Split a connection string. The SDK's own parser drops the scheme and forces https."""
    parts: dict[str, str] = {}
    for part in filter(None, text.split(";")):
        key, separator, value = part.partition("=")
        key = key.strip().lower()
        if not separator or key not in ("endpoint", "accesskey") or key in parts:
            raise MisconfiguredError(name, "must read 'endpoint=https://…;accesskey=…'.")
        parts[key] = value.strip()
    if not parts.get("endpoint"):
        raise MisconfiguredError(name, "has no endpoint=…. Copy the whole connection string.")
    if not parts.get("accesskey"):
        raise MisconfiguredError(
            name,
            "has no accesskey=…. Copy the whole connection string,"
            " or set ACS_ENDPOINT alone to sign in with Entra.",
        )
    return parts["endpoint"], parts["accesskey"]


def _endpoint(environ: Environ, name: str, text: str, *, has_key: bool) -> str:
    try:
        url = urlsplit(text)
        host, _ = url.hostname or "", url.port  # the port is checked by being read
    except ValueError:
        raise MisconfiguredError(name, "has no valid URL as its endpoint.") from None
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(host)):
        raise MisconfiguredError(name, "must have an https:// endpoint.")
    if "@" in url.netloc:
        raise MisconfiguredError(name, "must not have a user name or password in its endpoint.")
    if url.path not in ("", "/") or "?" in text or "#" in text:
        raise MisconfiguredError(name, "must not have a path or query in its endpoint.")
    if url.scheme == "http" and not has_key:
        raise MisconfiguredError(
            name, "must have an https:// endpoint when no access key is set: Entra needs TLS."
        )
    if not (LOOPBACK if is_loopback(host) else ACS_HOST).fullmatch(url.netloc.lower()):
        raise MisconfiguredError(
            name, "must have an endpoint like https://my-resource.communication.azure.com, no port."
        )
    if is_loopback(host):
        environ.require_development(name, "has a loopback endpoint. Set it to the ACS resource's.")
    return f"{url.scheme}://{url.netloc.lower()}"


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_same(one: str, other: str) -> bool:
    """Return whether two endpoints are one resource; the emulator's has several names."""
    first, second = urlsplit(one), urlsplit(other)
    local = is_loopback(first.hostname or "") and is_loopback(second.hostname or "")
    return one == other or (local and first.port == second.port)


def _access_key(environ: Environ, name: str, key: str) -> str:
    if len(decode_base64(key)) < MIN_KEY_BYTES:
        raise MisconfiguredError(
            name,
            f"has no valid access key: base64 of at least {MIN_KEY_BYTES} bytes. Copy it from the"
            " page 'Keys'.",
        )
    if hmac_form(decode_base64(key)) in EMULATOR_KEY_FORMS:
        environ.require_development(
            name, "has a public access key of the emulator. Set it to the ACS resource's."
        )
    return key
