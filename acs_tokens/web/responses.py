"""HTTP out: the responses of triggers."""

import json
from http import HTTPStatus

import azure.functions as func
from pydantic import BaseModel

from acs_tokens.context import current_request
from acs_tokens.models.responses import Identity, MeetingLink, UserToken
from acs_tokens.problems import Problem

# host.json has the same headers for responses that the Functions host makes itself.
HEADERS = {
    "Access-Control-Expose-Headers": "Retry-After",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def reply(model: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> func.HttpResponse:
    """Make a response of a model, as JSON. The identity and the token in it are noted for audit."""
    audit = current_request.get().audit
    if isinstance(model, Identity):
        audit.concerns(model.user_id)
    if isinstance(model, UserToken):
        audit.issued(model.expires_on)
    return func.HttpResponse(
        model.model_dump_json(by_alias=True, exclude_none=True),
        status_code=status,
        mimetype="application/json",
        headers=HEADERS,
    )


def reply_link(req: func.HttpRequest, link: MeetingLink) -> func.HttpResponse:
    """Make a response of a meeting's link: JSON if the request accepts that by name, else text."""
    if "application/json" in req.headers.get("accept", "").lower():
        return reply(link)
    return func.HttpResponse(link.join_url, mimetype="text/plain", headers=HEADERS)


def reply_empty() -> func.HttpResponse:
    """Make a response without a body, after a success."""
    return func.HttpResponse(status_code=HTTPStatus.NO_CONTENT, headers=HEADERS)


def reply_problem(problem: Problem, request_id: str) -> func.HttpResponse:
    """Make a response of a problem (RFC 9457).

    Args:
        problem: What went wrong.
        request_id: The id by which the log knows the request.
    """
    fields = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "requestId": request_id,
        # Also in the body, so that a page need not read headers.
        "retryAfter": problem.retry_after,
        **problem.extensions,
    }
    retry = {} if problem.retry_after is None else {"Retry-After": str(problem.retry_after)}
    return func.HttpResponse(
        json.dumps({name: value for name, value in fields.items() if value is not None}),
        status_code=problem.status,
        mimetype="application/problem+json",
        headers=HEADERS | retry | problem.headers,
    )
