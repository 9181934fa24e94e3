"""The credentials that requests bring in their headers, and the rule that they exclude each other.

A function key is read by the Functions host. A guest handle is for the routes of guests, an Entra
credential for those of signed-in users. Nothing is verified here.
"""

import azure.functions as func

from acs_tokens.entra.person import EntraCredential
from acs_tokens.errors import InvalidRequestError


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
