"""HTTP in and out: what a trigger is given, and what it answers. Knows nothing of ACS."""

import asyncio
import json
import logging
import re
import time
import traceback
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from uuid import uuid4

import azure.functions as func
from pydantic import BaseModel

from acs_tokens.bodies import Body, parse_body, validate
from acs_tokens.errors import (
    DeadlineExceededError,
    InternalError,
    InvalidRequestError,
    InvalidUserIdError,
    MisconfiguredError,
    TokenServiceError,
)
from acs_tokens.invocation import Invocation, current_invocation
from acs_tokens.limits import client_key
from acs_tokens.models import ACS_USER_ID, GuestTokenRequest
from acs_tokens.settings import settings

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HEALTH_SECONDS = 8
BACKGROUND_SECONDS = 45  # below functionTimeout, beyond which the host restarts the process
CLIENT_IP = "client-ip"  # the platform overwrites it; X-Forwarded-For begins with what was sent

log = logging.getLogger(__name__)

Trigger = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
Task = Callable[[func.TimerRequest], Awaitable[None]]
Endpoint = Callable[[func.HttpRequest, func.Context], Awaitable[func.HttpResponse]]


def endpoint(trigger: Trigger) -> Endpoint:
    """Give a trigger its deadline, its problem answers and its one line in the log."""
    return _answering(trigger, lambda: settings().deadline.total_seconds())


def health_endpoint(trigger: Trigger) -> Endpoint:
    """Do the same for a trigger that must answer even if no setting is right."""
    return _answering(trigger, lambda: HEALTH_SECONDS)


def _answering(trigger: Trigger, seconds: Callable[[], float]) -> Endpoint:
    async def run(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        started = time.perf_counter()
        client = client_key(req.headers.get(CLIENT_IP, ""))
        invocation = Invocation(context.invocation_id, client)
        current_invocation.set(invocation)
        outcome = "ok"
        try:
            # Its timer also holds the task of the invocation, which the worker does not, so that
            # the collector could take it: Azure/azure-functions-python-worker issue 1800.
            async with asyncio.timeout(seconds()) as limit:
                invocation.deadline = limit.when() or 0
                response = await trigger(req)
        except Exception as error:  # noqa: BLE001 the worker logs what escapes, message and all
            problem = _problem(error)
            outcome = f"{problem.slug}: {problem}"
            response = _problem_reply(problem, invocation.id)
        log.log(
            logging.INFO if response.status_code < 500 else logging.ERROR,
            "%s %d in %.0f ms, %d sent to ACS, request %s, %s",
            trigger.__name__,
            response.status_code,
            (time.perf_counter() - started) * 1000,
            invocation.upstream_attempts,
            invocation.id,
            outcome,
        )
        return response

    # Not functools.wraps: the worker must see that run asks for the context.
    run.__name__, run.__doc__ = trigger.__name__, trigger.__doc__
    return run


def background(task: Task) -> Task:
    """Give a timer function its time limit and its one line in the log; it answers nobody."""

    async def run(timer: func.TimerRequest) -> None:
        invocation = Invocation(str(uuid4()))
        current_invocation.set(invocation)
        try:
            async with asyncio.timeout(BACKGROUND_SECONDS) as limit:
                invocation.deadline = limit.when() or 0
                await task(timer)
        except Exception as error:  # noqa: BLE001 as above
            problem = _problem(error)
            log.error("%s failed, %s: %s", task.__name__, problem.slug, problem)  # noqa: TRY400 no trace

    run.__name__, run.__doc__ = task.__name__, task.__doc__
    return run


def log_misconfiguration() -> None:
    """Say at start what every request will be refused for, if settings are wrong."""
    try:
        settings()
    except MisconfiguredError as error:
        log.error("Every request will be answered 503: %s", error)  # noqa: TRY400 no trace


def parse(req: func.HttpRequest, model: type[Body]) -> Body:
    """Read the body of a request.

    Raises:
        InvalidRequestError: As `parse_body`.
    """
    return parse_body(req.get_body(), req.headers.get("content-type", ""), model)


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
    return validate({**body.model_dump(by_alias=True), "scopes": scopes}, GuestTokenRequest)


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
    return given


def reply(model: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> func.HttpResponse:
    """Answer with a model as JSON."""
    return func.HttpResponse(
        model.model_dump_json(by_alias=True, exclude_none=True),
        status_code=status,
        mimetype="application/json",
        headers=HEADERS,
    )


def reply_empty() -> func.HttpResponse:
    """Answer that it is done."""
    return func.HttpResponse(status_code=HTTPStatus.NO_CONTENT, headers=HEADERS)


def _problem(error: Exception) -> TokenServiceError:
    if isinstance(error, TokenServiceError):
        return error
    if isinstance(error, TimeoutError):
        return DeadlineExceededError("It took too long; it may have been done all the same.")
    # Where it happened, never the message: that may hold what was sent.
    steps = traceback.extract_tb(error.__traceback__)
    trace = " < ".join(f"{step.name}:{step.lineno}" for step in reversed(steps))
    return InternalError(log=f"{type(error).__name__} at {trace}")


def _problem_reply(problem: TokenServiceError, request_id: str) -> func.HttpResponse:
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
