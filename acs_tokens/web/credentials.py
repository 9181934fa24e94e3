"""The credentials that requests bring in their headers, and the rule that they exclude each other.

A function key is read by the Functions host. A guest handle is for the routes of guests, an access
token or App Service authentication for those of signed-in users. Nothing is verified here.
"""

import azure.functions as func

from acs_tokens.oidc.person import SignInCredential
from acs_tokens.problems import InvalidRequestError

GUEST_HANDLE = "X-Guest-Handle"
INVITATION = "X-Invitation"
ENTRA_AUTHORIZATION = "X-Entra-Authorization"


def guest_handle(req: func.HttpRequest) -> str | None:
    """Return the guest handle, if one was sent. The routes for guests accept no other.

    ``Authorization`` is ignored there: some hosts in front of a page put their own into it.

    Raises:
        InvalidRequestError: There is a signed-in user's credential besides.
    """
    if req.headers.get(ENTRA_AUTHORIZATION):
        raise InvalidRequestError(
            f"Send {GUEST_HANDLE} without {ENTRA_AUTHORIZATION}: a signed-in user's token is for"
            " the routes under /api/me."
        )
    handle: str | None = req.headers.get(GUEST_HANDLE)
    return handle


def sign_in_credential(req: func.HttpRequest) -> SignInCredential:
    """Return the credential of a signed-in user. Their routes accept no guest handle.

    ``X-Entra-Authorization`` takes precedence over ``Authorization``, into which some hosts in
    front of a page put their own, Static Web Apps among them.

    Raises:
        InvalidRequestError: There is a guest handle besides.
    """
    if req.headers.get(GUEST_HANDLE):
        raise InvalidRequestError(
            f"Send an access token without {GUEST_HANDLE}: a guest handle is for the routes"
            " under /api/guest."
        )
    headers = req.headers
    return SignInCredential(
        authorization=headers.get(ENTRA_AUTHORIZATION) or headers.get("authorization") or "",
        client_principal=headers.get("x-ms-client-principal") or "",
    )
