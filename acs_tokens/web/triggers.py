"""What surrounds every trigger: deadline, problem responses, log and audit records."""

import asyncio
import logging
import time
import traceback
import weakref
from collections.abc import Awaitable, Callable
from uuid import uuid4

import azure.functions as func

from acs_tokens.context import RequestContext, current_request
from acs_tokens.problems import DeadlineExceededError, InternalError, MisconfiguredError, Problem
from acs_tokens.settings import (
    DEADLINE_SECONDS,
    MAX_DEADLINE_SECONDS,
    is_development,
    settings,
)
from acs_tokens.telemetry.audit import Action, Audited, Family, audit_request, audit_side_effects
from acs_tokens.telemetry.request_log import log_request
from acs_tokens.telemetry.trace_context import trace_headers
from acs_tokens.web.clients import client_of
from acs_tokens.web.responses import reply_problem

log = logging.getLogger(__name__)

HttpTrigger = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
HttpFunction = Callable[[func.HttpRequest, func.Context], Awaitable[func.HttpResponse]]
TimerTrigger = Callable[[func.TimerRequest], Awaitable[None]]


def http_trigger(family: Family, action: Action) -> Callable[[HttpTrigger], HttpFunction]:
    """Give a trigger its deadline, problem responses, and log and audit records.

    Args:
        family: Which callers it serves.
        action: What it does to an identity, for the audit.
    """
    return lambda trigger: _http_function(trigger, Audited(family, action))


def health_trigger(trigger: HttpTrigger) -> HttpFunction:
    """Give a health trigger its deadline, problem responses and request record.

    It is not audited, and responds even if the settings are wrong.
    """
    return _http_function(trigger, None)


def timer_trigger(trigger: TimerTrigger) -> TimerTrigger:
    """Give a timer its time limit and its log and audit records."""

    async def run(timer: func.TimerRequest) -> None:
        context = RequestContext(str(uuid4()), _now() + MAX_DEADLINE_SECONDS)
        current_request.set(context)
        try:
            async with asyncio.timeout_at(context.deadline):
                await trigger(timer)
        except Exception as error:  # noqa: BLE001 the worker logs what escapes, with its message
            problem = _problem(error)
            log.error("%s failed, %s: %s", trigger.__name__, problem.slug, problem)  # noqa: TRY400
        finally:
            audit_side_effects(trigger.__name__, None, context)

    run.__name__, run.__doc__ = trigger.__name__, trigger.__doc__
    return run


def _http_function(trigger: HttpTrigger, audited: Audited | None) -> HttpFunction:
    async def run(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        started = time.perf_counter()
        request = RequestContext(
            context.invocation_id,
            _now() + _deadline_seconds(),
            weakref.ref(_own_task()),
            client=client_of(req),
            is_guest=audited is not None and audited.family == "guest",
            trace_headers=trace_headers(context.trace_context),
        )
        current_request.set(request)
        problem = None
        try:
            if audited:
                settings()  # wrong settings refuse every request, before anything else
            # The time limit also holds a reference to this task. The worker holds none, and the
            # garbage collector could take it: azure-functions-python-worker issue 1800.
            async with asyncio.timeout_at(request.deadline):
                response = await trigger(req)
        except Exception as error:  # noqa: BLE001 the worker logs what escapes, with its message
            problem = _problem(error)
            response = reply_problem(problem, request.id)
        seconds = time.perf_counter() - started
        _write_records(trigger.__name__, audited, request, problem, response.status_code, seconds)
        return response

    # Not functools.wraps: the worker must see that run takes the context.
    run.__name__, run.__doc__ = trigger.__name__, trigger.__doc__
    return run


def _write_records(
    function: str,
    audited: Audited | None,
    request: RequestContext,
    problem: Problem | None,
    status: int,
    seconds: float,
) -> None:
    family = audited.family if audited else None
    if audited:
        audit_request(function, audited, request, problem)
        audit_side_effects(function, family, request)
    log_request(function, family, status, seconds, request, problem)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _own_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task  # noqa: S101 a trigger runs in a task
    return task


def _deadline_seconds() -> float:
    """Return the time limit of a request; the default one while the settings are wrong."""
    try:
        return settings().deadline.total_seconds()
    except MisconfiguredError:
        return DEADLINE_SECONDS


def _problem(error: Exception) -> Problem:
    if isinstance(error, MisconfiguredError) and is_development():
        error.detail = str(error)  # the caller is the operator; the text never holds a value
    if isinstance(error, Problem):
        return error
    if isinstance(error, TimeoutError):
        return DeadlineExceededError(
            "The request took too long; it may have been carried out nevertheless."
        )
    # The place, never the message, which may hold what was sent.
    steps = traceback.extract_tb(error.__traceback__)
    trace = " < ".join(f"{step.name}:{step.lineno}" for step in reversed(steps))
    return InternalError(log=f"{type(error).__name__} at {trace}")
