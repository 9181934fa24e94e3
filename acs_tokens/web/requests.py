"""HTTP in: bodies, queries, ids and credentials of requests, checked at the edge."""

import functools
import re
from collections.abc import Collection
from ipaddress import IPv6Address, ip_address, ip_network

import azure.functions as func
from pydantic import BaseModel

from acs_tokens.context import current_request
from acs_tokens.entra.person import EntraCredential
from acs_tokens.errors import InvalidRequestError, InvalidUserIdError
from acs_tokens.models import ACS_USER_ID, GuestTokenRequest, TokenRequest
from acs_tokens.web.bodies import Body, parse_body, validate

HOST_QUERY = {"code"}  # the function key, which the host leaves in the query
CLIENT_IP = "client-ip"  # set by the platform; a caller can set the start of X-Forwarded-For
MAX_CLIENTS = 10_000


def parse(req: func.HttpRequest, model: type[Body], query: Collection[str] = ()) -> Body:
    """Read the body of a request, which every trigger does, and refuse an unknown query.

    Args:
        req: The request.
        model: What the route takes. An empty body counts as an empty object.
        query: The names that the route takes in its query.

    Raises:
        BodyTooLargeError: The body is larger than 8 KiB.
        UnsupportedMediaTypeError: The body is not declared as ``application/json``.
        InvalidRequestError: The body is not a JSON object, or not what the model takes; or the
            query has another name.
    """
    if set(req.params) - HOST_QUERY - set(query):
        allowed = f"takes {', '.join(query)}" if query else "takes nothing: use the body"
        raise InvalidRequestError(f"The query of this route {allowed}.")
    body = parse_body(req.get_body(), req.headers.get("content-type", ""), model)
    _note_scopes(body)
    return body


def guest_request(req: func.HttpRequest) -> GuestTokenRequest:
    """Read what a page asks for: ``?scope=voip,chat``, or a body.

    Raises:
        InvalidRequestError: It is not valid, or both name scopes; and as `parse`.
    """
    body = parse(req, GuestTokenRequest, query=("scope",))
    if "scope" not in req.params:
        return body
    if body.names_scopes:
        raise InvalidRequestError("Give the scopes in the query or in the body, not in both.")
    scopes = req.params["scope"].split(",")
    body = validate({**body.model_dump(by_alias=True), "scopes": scopes}, GuestTokenRequest)
    _note_scopes(body)
    return body


def user_id(req: func.HttpRequest) -> str:
    """Read the ACS user id from the path.

    Raises:
        InvalidUserIdError: It does not have the form of one.
    """
    given: str = req.route_params.get("userId", "")
    if not re.fullmatch(ACS_USER_ID, given):
        raise InvalidUserIdError(
            "The path must hold a user id as ACS gives it: 8:acs:<guid>_<guid>."
        )
    current_request.get().audit.concerns(given)
    return given


def guest_handle(req: func.HttpRequest) -> str | None:
    """Return the guest handle, if one was sent. The routes for guests accept no Entra credential.

    ``Authorization`` is ignored there: some hosts in front of a page put their own into it.

    Raises:
        InvalidRequestError: There is an Entra credential besides.
    """
    if req.headers.get("x-entra-authorization"):
        raise InvalidRequestError("Send a guest handle: a sign-in is for the routes under me.")
    handle: str | None = req.headers.get("x-guest-handle")
    return handle


def entra_credential(req: func.HttpRequest) -> EntraCredential:
    """Return the Entra credential. The routes for signed-in users accept no guest handle.

    ``X-Entra-Authorization`` takes precedence over ``Authorization``, into which some hosts in
    front of a page put their own, Static Web Apps among them.

    Raises:
        InvalidRequestError: There is a guest handle besides.
    """
    if req.headers.get("x-guest-handle"):
        raise InvalidRequestError("Send a sign-in: a guest handle is for the routes of guests.")
    headers = req.headers
    return EntraCredential(
        authorization=headers.get("x-entra-authorization") or headers.get("authorization") or "",
        client_principal=headers.get("x-ms-client-principal") or "",
    )


def client_of(req: func.HttpRequest) -> str | None:
    """Return what an unauthenticated request is counted by; None if its address is unknown."""
    return client_key(req.headers.get(CLIENT_IP, ""))


@functools.lru_cache(MAX_CLIENTS)
def client_key(address: str) -> str | None:
    """Return an IPv4 address, or the /64 of an IPv6 address, which is one household.

    Args:
        address: As the platform writes it, with or without a port.

    Returns:
        None if it is not an address.
    """
    text = address.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((parsed.packed[:8] + bytes(8), 64)))
    return str(parsed)


def _note_scopes(body: BaseModel) -> None:
    if isinstance(body, TokenRequest):
        current_request.get().audit.requested(body.scopes)
