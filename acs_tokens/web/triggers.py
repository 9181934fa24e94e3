"""What goes on around every trigger: its deadline, its problem answers, its records in the log."""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from uuid import uuid4

import azure.functions as func

from acs_tokens.access.rate_limits import client_key
from acs_tokens.context import RequestContext, current_request
from acs_tokens.errors import (
    DeadlineExceededError,
    InternalError,
    MisconfiguredError,
    Problem,
)
from acs_tokens.settings import settings
from acs_tokens.telemetry.audit import audit_deletions, audit_request, family_of
from acs_tokens.telemetry.request_log import log_request
from acs_tokens.telemetry.trace_context import trace_headers
from acs_tokens.web.responses import reply_problem

HEALTH_SECONDS = 8
BACKGROUND_SECONDS = 45  # below functionTimeout, beyond which the host restarts the process
CLIENT_IP = "client-ip"  # the platform overwrites it; X-Forwarded-For begins with what was sent

log = logging.getLogger(__name__)

Trigger = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
Task = Callable[[func.TimerRequest], Awaitable[None]]
Endpoint = Callable[[func.HttpRequest, func.Context], Awaitable[func.HttpResponse]]


def endpoint(trigger: Trigger) -> Endpoint:
    """Give a trigger its deadline, its problem answers and its records in the log."""
    return _answering(trigger, lambda: settings().deadline.total_seconds())


def health_endpoint(trigger: Trigger) -> Endpoint:
    """Do the same for a trigger that must answer even if no setting is right."""
    return _answering(trigger, lambda: HEALTH_SECONDS)


def _answering(trigger: Trigger, limit_seconds: Callable[[], float]) -> Endpoint:
    async def run(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        started = time.perf_counter()
        invocation = RequestContext(
            context.invocation_id,
            client=client_key(req.headers.get(CLIENT_IP, "")),
            trace_headers=trace_headers(context.trace_context),
        )
        current_request.set(invocation)
        problem = None
        try:
            # Its timer also holds the task of the invocation, which the worker does not, so that
            # the collector could take it: Azure/azure-functions-python-worker issue 1800.
            async with asyncio.timeout(limit_seconds()) as limit:
                invocation.deadline = limit.when() or 0
                response = await trigger(req)
        except Exception as error:  # noqa: BLE001 the worker logs what escapes, message and all
            problem = _problem(error)
            response = reply_problem(problem, invocation.id)
        name, took = trigger.__name__, time.perf_counter() - started
        audit_request(name, invocation, problem)
        audit_deletions(name, invocation)
        log_request(name, family_of(name), response.status_code, took, invocation, problem)
        return response

    # Not functools.wraps: the worker must see that run asks for the context.
    run.__name__, run.__doc__ = trigger.__name__, trigger.__doc__
    return run


def background(task: Task) -> Task:
    """Give a timer function its time limit and its records in the log; it answers nobody."""

    async def run(timer: func.TimerRequest) -> None:
        invocation = RequestContext(str(uuid4()))
        current_request.set(invocation)
        try:
            async with asyncio.timeout(BACKGROUND_SECONDS) as limit:
                invocation.deadline = limit.when() or 0
                await task(timer)
        except Exception as error:  # noqa: BLE001 as above
            problem = _problem(error)
            log.error("%s failed, %s: %s", task.__name__, problem.slug, problem)  # noqa: TRY400 no trace
        finally:
            audit_deletions(task.__name__, invocation)

    run.__name__, run.__doc__ = task.__name__, task.__doc__
    return run


def log_misconfiguration() -> None:
    """Say at start what every request will be refused for, if settings are wrong."""
    try:
        settings()
    except MisconfiguredError as error:
        log.error("Every request will be answered 503: %s", error)  # noqa: TRY400 no trace


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, TimeoutError):
        return DeadlineExceededError("It took too long; it may have been done all the same.")
    # Where it happened, never the message: that may hold what was sent.
    steps = traceback.extract_tb(error.__traceback__)
    trace = " < ".join(f"{step.name}:{step.lineno}" for step in reversed(steps))
    return InternalError(log=f"{type(error).__name__} at {trace}")
