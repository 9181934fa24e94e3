"""HTTP in: bodies, queries and ids of requests, checked at the edge."""

import re
from collections.abc import Collection
from urllib.parse import parse_qsl

import azure.functions as func
from pydantic import BaseModel

from acs_tokens.context import current_request
from acs_tokens.models.requests import NewGuestRequest, TokenRequest
from acs_tokens.models.values import ACS_USER_ID, GUID, INVITATION_ID
from acs_tokens.oidc.person import EntraUser
from acs_tokens.problems import InvalidRequestError, InvalidUserIdError, InvitationNotFoundError
from acs_tokens.web.bodies import Body, parse_body, validate
from acs_tokens.web.credentials import INVITATION

ALLOWED_DESTINATIONS = ("empty", "document")  # Sec-Fetch-Dest of fetch() and of a navigation
HOST_QUERY = {"code"}  # the function key, which the host leaves in the query


def parse(req: func.HttpRequest, model: type[Body], query: Collection[str] = ()) -> Body:
    """Read the body of a request, which every trigger does, and refuse an unknown query.

    Args:
        req: The request.
        model: What the route takes. An empty body counts as an empty object.
        query: The names of the query parameters that the route takes.

    Raises:
        BodyTooLargeError: The body is larger than 8 KiB.
        UnsupportedMediaTypeError: The body is not declared as ``application/json``.
        InvalidRequestError: The body is not a JSON object, or not what the model takes; or the
            query has a parameter that the route does not take.
    """
    if _query_names(req) - HOST_QUERY - set(query):
        raise InvalidRequestError(
            f"This route takes only these query parameters: {', '.join(query)}."
            if query
            else "This route takes no query parameters: use the body."
        )
    body = parse_body(req.get_body(), req.headers.get("content-type", ""), model)
    _note_scopes(body)
    return body


def guest_request(req: func.HttpRequest) -> NewGuestRequest:
    """Read what a page asks for: ``?scope=voip,chat``, or a body; with an invitation or without.

    Raises:
        InvalidRequestError: It is not valid, or names scopes or the invitation twice; or the page's
            markup made the request, not its code. And as `parse`.
    """
    _refuse_markup(req)
    body = parse(req, NewGuestRequest, query=("scope",))
    if invitation := req.headers.get(INVITATION):
        if body.invitation is not None:
            raise InvalidRequestError(f"Send the invitation in {INVITATION} or in the body.")
        body = body.model_copy(update={"invitation": invitation})
    if "scope" not in _query_names(req):
        return body
    if body.names_scopes:
        raise InvalidRequestError("Give the scopes in the query or in the body, not in both.")
    scopes = req.params.get("scope", "").split(",")
    body = validate({**body.model_dump(by_alias=True), "scopes": scopes}, NewGuestRequest)
    _note_scopes(body)
    return body


def _refuse_markup(req: func.HttpRequest) -> None:
    """Refuse what a browser loads for a prefetch, an image or a script: each would be a guest."""
    is_prefetch = "prefetch" in req.headers.get("sec-purpose", "").lower()
    destination = req.headers.get("sec-fetch-dest", "empty").lower()
    if is_prefetch or destination not in ALLOWED_DESTINATIONS:
        raise InvalidRequestError(
            "Request a guest's token with fetch(), not by markup or prefetch."
        )


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


def _query_names(req: func.HttpRequest) -> set[str]:
    """Return the names in the query, also of parameters without a value, which the host drops."""
    query = req.url.partition("?")[2]
    if not query:
        return {*req.params}
    return {*req.params, *(name for name, _ in parse_qsl(query, keep_blank_values=True))}


def person(req: func.HttpRequest) -> EntraUser:
    """Read a person's tenant id and object id from the path.

    Raises:
        InvalidRequestError: They are not GUIDs.
    """
    tenant_id, object_id = (req.route_params.get(name, "") for name in ("tenantId", "objectId"))
    if not (re.fullmatch(GUID, tenant_id) and re.fullmatch(GUID, object_id)):
        raise InvalidRequestError("The path must hold a tenant id and an object id: two GUIDs.")
    found = EntraUser(tenant_id.lower(), object_id.lower())
    current_request.get().audit.concerns(found.key)
    return found


def invitation_id(req: func.HttpRequest) -> str:
    """Read the id of an invitation from the path.

    Raises:
        InvitationNotFoundError: It does not have the form of one.
    """
    given: str = req.route_params.get("invitationId", "")
    if not re.fullmatch(INVITATION_ID, given):
        raise InvitationNotFoundError
    current_request.get().audit.concerns(given)
    return given


def removes_guests(req: func.HttpRequest) -> bool:
    """Read from the query whether the guests of an invitation are refused as well.

    Raises:
        InvalidRequestError: The query says something else.
    """
    if "guests" not in _query_names(req):
        return False
    if req.params.get("guests") != "remove":
        raise InvalidRequestError(
            "The query parameter guests takes the value remove, or is left out."
        )
    return True


def _note_scopes(body: BaseModel) -> None:
    if isinstance(body, TokenRequest):
        current_request.get().audit.requested(body.scopes)
