"""Input that is nearly right: valid, and then changed in a few places.

Where the changes come from is a `Source`: Hypothesis, or the fuzzer's bytes.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from acs_tokens.models.requests import (
    GuestTokenRequest,
    NoBody,
    OwnTeamsTokenRequest,
    TeamsTokenRequest,
    TokenRequest,
)
from tests.properties import credentials

Option = TypeVar("Option")

KEY = b64encode(bytes(range(64))).decode()
ENDPOINT = "https://my-resource.communication.azure.com"
HOSTS = (
    "my-resource.communication.azure.com", "x.unitedstates.communication.azure.us", "localhost",
    "127.0.0.1:7072", "[::1]:7073", "[::ffff:127.0.0.1]", "0.0.0.1", "127.1", "[::1%25lo]", "@", "evil.example",
    "user:password@my-resource.communication.azure.com", "communication.azure.com", "2130706433",
    "my-resource.communication.azure.com.", "ⓛocalhost", "localhost:\uff10", "my-resource。communication.azure.com",
)  # fmt: skip
STRING_PARTS = (
    f"endpoint={ENDPOINT}/", f"accesskey={KEY}", "EndPoint=http://localhost:7072", "accesskey=****",
    "endpoint=", "accesskey=", "=", "", " ", "endpoint", "accesskey=c2hvcnQ=", "\x00", "sesame=1", f"accesskey={KEY} ",
)  # fmt: skip

# Texts of JSON values, and of what nearly is one.
JSON_VALUES = (
    "null", "true", "0", "-1", "60", "1440", "60.0", "1e3", "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "9" * 400,
    "9" * 5000, "1e-400", "01", "٣", '"٣"', '""', '" "', '"\\u0000"', '"\\ud800"', '"\\udc00x"', '"\\ud83d\\ude00"', '"é"',
    '"\x7f"', '"voip"', '["voip"]', '["voip","chat"]', '[["voip"]]', '[{}]', "[]", "{}", '{"a":1,"a":2}', "[5,null]",
    '["voip","voip","voip","voip","voip","voip"]', '["acs-tokens"]', '"1.0"', '"2.0"', '"app"', '"aad"', '"none"',
    "[" * 900 + "]" * 900, "[" * 1400, '{"a":' * 500 + "1" + "}" * 500, f"{credentials.SOON}", f'"{credentials.SOON}"', f'"{credentials.OID}"',
    f'"{credentials.OID.upper()}"', f'"{credentials.OID}\\n"', f'[{{"typ":"oid","val":"{credentials.OID}"}}]', '[{"typ":[],"val":{}}]',
    f'"https://sts.windows.net/{credentials.TENANT}/"', f'"api://{credentials.CLIENT_ID}"', '"Acs.Token"',
)  # fmt: skip
JSON_NAMES = (
    "scopes", "expiresInMinutes", "token", "clientId", "userObjectId", "expires_in_minutes", "crit", "b64", "kid", "alg",
    "idtyp", "typ", "val", "claims", "auth_typ", "", "\x00", "é", "__proto__", "\ud800", "aud", "exp",
)  # fmt: skip
# Among them a digit, a long s and a kelvin, which count as 3, s and k elsewhere.
CHARACTERS = (
    "", "=", ".", ";", "%", "\x00", "\n", "\r", " ", "\t", "\x1d", "\u0663", "\u017f", "\u212a", "\ud800", "\u2028", "é",
    "[", "]", "A", "1",
)  # fmt: skip
BODIES: tuple[Mapping[str, Any], ...] = (
    {},
    {"scopes": ["voip", "chat"], "expiresInMinutes": 60},
    {"token": "eyJ", "clientId": credentials.CLIENT_ID, "userObjectId": credentials.OID},
)

JSON = "application/json"
MODELS: tuple[type[BaseModel], ...] = (
    NoBody, TokenRequest, GuestTokenRequest, TeamsTokenRequest, OwnTeamsTokenRequest,
)  # fmt: skip


class Source(Protocol):
    """Where choices come from."""

    def number(self, low: int, high: int) -> int:
        """A number from low to high."""

    def text(self) -> str:
        """Any text, lone surrogates too."""


def pick(source: Source, options: Sequence[Option]) -> Option:
    return options[source.number(0, len(options) - 1)]


def changed_text(source: Source, text: str) -> str:
    """A text with up to three pieces cut out, doubled or put in."""
    for _ in range(source.number(0, 3)):
        at = source.number(0, len(text))
        until = min(len(text), at + source.number(0, 4))
        put = pick(source, (*CHARACTERS, text[at:until] * 2, ""))
        text = text[:at] + put + text[until:]
    return text


def json_value(source: Source) -> str:
    kind = source.number(0, 9)
    if kind == 0:
        return json.dumps(source.text())
    if kind == 1:
        return f"[{json_value(source)},{json_value(source)}]" if source.number(0, 1) else "[]"
    return pick(source, JSON_VALUES)


def json_object(source: Source, usual: Mapping[str, Any]) -> str:
    """An object of the usual fields, with up to three changed, left out, added or doubled."""
    fields = [(name, json.dumps(value)) for name, value in usual.items()]
    for _ in range(source.number(0, 3)):
        at = source.number(0, len(fields))
        if at == len(fields):
            name = pick(source, JSON_NAMES) if source.number(0, 3) else source.text()
            fields.append((name, json_value(source)))
        elif how := source.number(0, 3):
            value = fields[at][1] if how == 1 else json_value(source)
            fields[at] = (fields[at][0], value)
            fields += [fields[at]] if how < 3 else []
        else:
            del fields[at]
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in fields) + "}"


def connection_string(source: Source) -> str:
    """Parts of a connection string in any order, or a valid one with small changes."""
    if source.number(0, 1):
        return changed_text(source, f"endpoint={ENDPOINT}/;accesskey={KEY}")
    return ";".join(pick(source, STRING_PARTS) for _ in range(source.number(1, 4)))


def endpoint(source: Source) -> str:
    """A URL that is nearly an endpoint."""
    scheme = pick(source, ("https://", "http://", "http://", "HTTPS://", "//", "ftp://"))
    tail = pick(source, ("", "", "", "", "/", "/", "//", "?", "#", "/x", ":443", ":", "\\"))
    url = scheme + pick(source, HOSTS) + tail
    return url if source.number(0, 1) else changed_text(source, url)


def jwt(
    source: Source,
    header: Mapping[str, Any],
    claims: Mapping[str, Any],
    sign: Callable[[str], bytes],
) -> str:
    """A token whose header or claims were changed before it was signed, or the whole after it."""
    parts = [_content(source, usual) for usual in (header, claims)]
    signed = ".".join(credentials.packed(part) for part in parts)
    if source.number(0, 1):
        return f"{signed}.{credentials.packed(sign(signed))}"
    return changed_text(source, f"{signed}.{credentials.packed(bytes(source.number(0, 300)))}")


def easyauth(source: Source) -> str:
    """App Service authentication's header, of an object that is nearly right."""
    encoded = b64encode(_content(source, credentials.EASYAUTH)).decode()
    return encoded if source.number(0, 3) else changed_text(source, encoded)


def body(source: Source) -> bytes:
    """The body of one of the routes, nearly."""
    return _content(source, pick(source, BODIES))


def _content(source: Source, usual: Mapping[str, Any]) -> bytes:
    text = json_object(source, usual)
    if not source.number(0, 7):
        text = pick(source, (json_value(source), changed_text(source, text)))
    encoding = pick(source, ("utf-8",) * 7 + ("utf-16", "utf-8-sig", "latin-1"))
    return text.encode(encoding, errors="surrogatepass" if encoding[0] == "u" else "replace")
