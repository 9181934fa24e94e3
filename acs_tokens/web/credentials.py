"""The credentials that requests bring in their headers, and the rule that they exclude each other.

A function key is read by the Functions host. A guest handle is for the routes of guests, an Entra
credential for those of signed-in users. Nothing is verified here.
"""

import azure.functions as func

from acs_tokens.entra.person import EntraCredential
from acs_tokens.problems import InvalidRequestError

GUEST_HANDLE = "X-Guest-Handle"
INVITATION = "X-Invitation"
ENTRA_AUTHORIZATION = "X-Entra-Authorization"


def guest_handle(req: func.HttpRequest) -> str | None:
    """Return the guest handle, if one was sent. The routes for guests accept no Entra credential.

    ``Authorization`` is ignored there: some hosts in front of a page put their own into it.

    Raises:
        InvalidRequestError: There is an Entra credential besides.
    """
    if req.headers.get(ENTRA_AUTHORIZATION):
        raise InvalidRequestError(
            f"Send {GUEST_HANDLE} without {ENTRA_AUTHORIZATION}: an Entra token is for the routes"
            " under /api/me."
        )
    handle: str | None = req.headers.get(GUEST_HANDLE)
    return handle


def entra_credential(req: func.HttpRequest) -> EntraCredential:
    """Return the Entra credential. The routes for signed-in users accept no guest handle.

    ``X-Entra-Authorization`` takes precedence over ``Authorization``, into which some hosts in
    front of a page put their own, Static Web Apps among them.

    Raises:
        InvalidRequestError: There is a guest handle besides.
    """
    if req.headers.get(GUEST_HANDLE):
        raise InvalidRequestError(
            f"Send an Entra access token without {GUEST_HANDLE}: a guest handle is for the routes"
            " under /api/guest."
        )
    headers = req.headers
    return EntraCredential(
        authorization=headers.get(ENTRA_AUTHORIZATION) or headers.get("authorization") or "",
        client_principal=headers.get("x-ms-client-principal") or "",
    )
