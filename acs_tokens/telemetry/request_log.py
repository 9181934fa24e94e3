"""Structured log records: each says the same twice, for the two ways that lead to an operator.

The worker of Azure Functions hands the host the message alone, so the message is JSON with all
there is to say. OpenTelemetry also takes the record's own attributes, and Application Insights
shows those as custom dimensions.
"""

import logging

from pydantic_core import to_json

from acs_tokens.context import RequestContext
from acs_tokens.errors import Problem

log = logging.getLogger("acs_tokens.request")

Fact = str | int | float


def write(logger: logging.Logger, level: int, event: str, facts: dict[str, Fact | None]) -> None:
    """Write a record, without what is None.

    Args:
        facts: camelCase; a name must not be one of ``logging.LogRecord``'s own.
    """
    if not logger.isEnabledFor(level):
        return
    known = {"event": event} | {name: fact for name, fact in facts.items() if fact is not None}
    # Not logger.log, which looks through the stack for who logs: the facts say so.
    message = to_json(known).decode()
    logger.handle(
        logger.makeRecord(logger.name, level, __file__, 0, message, (), None, extra=known)
    )


def log_request(
    function: str,
    family: str | None,
    status: int,
    seconds: float,
    invocation: RequestContext,
    problem: Problem | None,
) -> None:
    """Write the one record of a request."""
    write(
        log,
        logging.INFO if status < 500 else logging.ERROR,
        "request",
        {
            "function": function,
            "family": family,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
            "acsRequests": invocation.upstream_attempts,
            "requestId": invocation.id,
            "traceId": invocation.trace_id,
            "outcome": problem.slug if problem else "ok",
            "detail": str(problem) if problem else None,
        },
    )
