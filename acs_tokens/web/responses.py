"""HTTP in and out: what a trigger is given, and what it answers. Knows nothing of ACS."""

import json
import re
from http import HTTPStatus

import azure.functions as func
from pydantic import BaseModel

from acs_tokens.context import current_request
from acs_tokens.errors import InvalidRequestError, InvalidUserIdError, Problem
from acs_tokens.models import (
    ACS_USER_ID,
    GuestTokenRequest,
    Identity,
    TokenRequest,
    UserToken,
)
from acs_tokens.web.requests import Body, parse_body, validate

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def parse(req: func.HttpRequest, model: type[Body]) -> Body:
    """Read the body of a request.

    Raises:
        InvalidRequestError: As `parse_body`.
    """
    body = parse_body(req.get_body(), req.headers.get("content-type", ""), model)
    _note_scopes(body)
    return body


def guest_handle(req: func.HttpRequest) -> str | None:
    """Take the guest handle, if one was sent.

    Raises:
        InvalidRequestError: There is a sign-in besides.
    """
    if req.headers.get("x-entra-authorization"):
        raise InvalidRequestError("Send a guest handle: a sign-in is for the routes under me.")
    handle: str | None = req.headers.get("x-guest-handle")
    return handle


def guest_request(req: func.HttpRequest) -> GuestTokenRequest:
    """Read what a page asks for: ``?scope=voip,chat``, or a body.

    Raises:
        InvalidRequestError: It is not valid, or both say which scopes.
    """
    body = parse(req, GuestTokenRequest)
    if set(req.params) - {"scope", "code"}:  # the host's own, which it leaves there
        raise InvalidRequestError("The query takes scope, with the scopes joined by commas.")
    if "scope" not in req.params:
        return body
    if "scopes" in body.model_fields_set:
        raise InvalidRequestError("Give the scopes in the query or in the body, not in both.")
    scopes = req.params["scope"].split(",")
    body = validate({**body.model_dump(by_alias=True), "scopes": scopes}, GuestTokenRequest)
    _note_scopes(body)
    return body


def user_id(req: func.HttpRequest) -> str:
    """Take the ACS user id from the path.

    Raises:
        InvalidUserIdError: It does not have the form of one.
    """
    given: str = req.route_params.get("userId", "")
    if not re.fullmatch(ACS_USER_ID, given):
        raise InvalidUserIdError(
            "The path must hold a user id as ACS gives it: 8:acs:<guid>_<guid>."
        )
    current_request.get().target = given
    return given


def reply(model: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> func.HttpResponse:
    """Answer with a model as JSON; who and what was given is noted for the audit."""
    invocation = current_request.get()
    if isinstance(model, Identity):
        invocation.target = model.user_id
    if isinstance(model, UserToken):
        invocation.expires_on = model.expires_on
    return func.HttpResponse(
        model.model_dump_json(by_alias=True, exclude_none=True),
        status_code=status,
        mimetype="application/json",
        headers=HEADERS,
    )


def reply_empty() -> func.HttpResponse:
    """Answer that it is done."""
    return func.HttpResponse(status_code=HTTPStatus.NO_CONTENT, headers=HEADERS)


def _note_scopes(body: BaseModel) -> None:
    if isinstance(body, TokenRequest):
        current_request.get().scopes = body.scopes


def reply_problem(problem: Problem, request_id: str) -> func.HttpResponse:
    """Answer with a problem (RFC 9457)."""
    members = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "requestId": request_id,
        **problem.members,
    }
    retry = {} if problem.retry_after is None else {"Retry-After": str(problem.retry_after)}
    return func.HttpResponse(
        json.dumps({name: value for name, value in members.items() if value is not None}),
        status_code=problem.status,
        mimetype="application/problem+json",
        headers=HEADERS | retry | problem.headers,
    )
