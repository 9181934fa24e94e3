"""What must hold of each place where text from outside comes in, whatever that text is.

The property tests and the fuzzer call the same functions: an `AssertionError`, or any error that is
not the service's own, is a find.
"""

import base64
import hmac
import json
import re
from collections.abc import Coroutine, Mapping
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import azure.functions as func
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic import BaseModel

from acs_tokens.acs.error_responses import retry_after_seconds
from acs_tokens.context import RequestContext, current_request
from acs_tokens.entra.easyauth import read_client_principal
from acs_tokens.oidc.bearer_token import BearerToken
from acs_tokens.oidc.person import EntraUser
from acs_tokens.problems import (
    InvalidRequestError,
    InvalidUserIdError,
    MisconfiguredError,
    UnauthorizedError,
)
from acs_tokens.settings import Settings
from acs_tokens.web.bodies import parse_body
from acs_tokens.web.clients import UNKNOWN, client_keys
from acs_tokens.web.requests import user_id
from tests.keys import DEVELOPMENT
from tests.properties.credentials import (
    BEARERS,
    CLIENT_ID,
    HANDLES,
    PRIVATE_KEY,
    SIGNING_KEYS,
    TENANT,
)
from tests.properties.messages import (
    check_complaint,
    check_misconfigured,
    check_refusal,
    check_refusal_of_id,
)

GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def check_settings(variables: Mapping[str, str]) -> bool:
    """The connection is taken or refused by the name of a setting; return whether it is taken."""
    try:
        acs = Settings.from_environ(variables).acs
    except MisconfiguredError as error:
        check_misconfigured(str(error))
        return False
    host = urlsplit(acs.endpoint).hostname or ""
    is_local = host == "localhost" or (host[-1].isdigit() and ip_address(host).is_loopback)
    is_acs = host.endswith((".communication.azure.com", ".communication.azure.us"))
    assert is_local or (is_acs and acs.endpoint == f"https://{host}")
    assert not is_local or variables.get("AZURE_FUNCTIONS_ENVIRONMENT") == "Development"
    keys = [key.get_secret_value() for key in acs.access_keys]
    assert not any(key in f"{acs!r} {acs}" for key in keys)
    in_two = dict(zip(("ACS_ACCESS_KEY", "ACS_ACCESS_KEY_2"), keys, strict=False))
    in_two["ACS_ENDPOINT"] = acs.endpoint
    assert Settings.from_environ(in_two | DEVELOPMENT).acs == acs
    return True


def check_bearer(header: str) -> EntraUser | None:
    """A header authenticates a person by a token that was signed for this service, or it is a 401."""
    try:
        person = finished(BEARERS.verify(BearerToken.read(header)))
    except UnauthorizedError as error:
        check_refusal(error)
        return None
    signed, _, signature = header.split()[1].rpartition(".")
    PRIVATE_KEY.public_key().verify(
        _decoded(signature), signed.encode(), padding.PKCS1v15(), SHA256()
    )
    claims = json.loads(_decoded(signed.partition(".")[2]))
    assert claims["aud"] in (CLIENT_ID, f"api://{CLIENT_ID}")
    assert claims["tid"].lower() == person.tenant_id == TENANT
    assert claims["oid"].lower() == person.object_id
    assert re.fullmatch(GUID, person.object_id)
    assert "Acs.Token" in claims["scp"]
    return person


def check_handle(text: str) -> str | None:
    """A handle names a guest by a signature of ours, or it is a 401."""
    try:
        handle = HANDLES.verify(text)
    except UnauthorizedError as error:
        check_refusal(error)
        return None
    signed, _, signature = text.rpartition(".")
    macs = (hmac.digest(key, signed.encode(), "sha256") for key in SIGNING_KEYS)
    assert _decoded(signature) in macs
    claims = json.loads(_decoded(signed.partition(".")[2]))
    assert handle.user_id == claims["sub"]
    assert list(handle.scopes) == claims["scp"]
    assert set(handle.scopes) <= {"chat", "chat.join", "chat.join.limited", "voip", "voip.join"}
    return handle.user_id


def check_easyauth(header: str) -> EntraUser | None:
    """The header names a person of our tenant, or it is a 401."""
    try:
        person, _ = read_client_principal(header, {TENANT})
    except UnauthorizedError as error:
        check_refusal(error)
        return None
    assert person.tenant_id == TENANT
    assert re.fullmatch(GUID, person.object_id)
    return person


def check_retry_after(text: str) -> int | None:
    """A wait is 1 to 60 whole seconds, or none at all."""
    wait = retry_after_seconds(text)
    assert wait is None or (type(wait) is int and 1 <= wait <= 60)
    return wait


def check_body(content: bytes, content_type: str, model: type[BaseModel]) -> BaseModel | None:
    """A body is what it says, or a 4xx that says nothing of it."""
    try:
        body = parse_body(content, content_type, model)
    except InvalidRequestError as error:
        check_complaint(error)
        return None
    sent = json.loads(content) if content.strip() else {}
    assert type(body) is model
    assert body.model_dump(by_alias=True, include=body.model_fields_set) == sent
    return body


def check_user_id(given: str) -> str | None:
    """The path holds an id as ACS gives it, or it is a 400 that does not repeat it."""
    current_request.set(RequestContext("a test"))
    req = func.HttpRequest("POST", "/", route_params={"userId": given}, body=b"")
    try:
        taken = user_id(req)
    except InvalidUserIdError as error:
        check_refusal_of_id(error)
        return None
    assert taken == given
    assert re.fullmatch(rf"8:(acs|dod-acs|gcch-acs):{GUID}(_{GUID}){{1,2}}", taken.lower())
    return taken


def check_client(address: str) -> list[str]:
    """A client is an IPv4 address, an IPv6 network of 64 bits and its 56, or unknown."""
    keys = client_keys(address)
    if keys == UNKNOWN:
        return ["unknown"]
    prefixes = [ip_network(key.text).prefixlen for key in keys]
    assert prefixes in ([32], [64, 56])
    return [key.text for key in keys]


def finished(coroutine: Coroutine[Any, Any, EntraUser]) -> EntraUser:
    """The result of what never has to wait: no event loop, which would be most of the time."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        user: EntraUser = done.value
        return user
    raise AssertionError("it waits")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(f"{part}==")
