"""Structured log records, and the one record of each request.

Each record says the same twice. The worker of Azure Functions hands the host the message alone,
so the message is JSON with all fields. OpenTelemetry also takes the record's attributes, which
Application Insights shows as custom dimensions.
"""

import functools
import logging
import time
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from acs_tokens.context import RequestContext
from acs_tokens.problems import Problem

log = logging.getLogger("acs_tokens.request")

Field = str | int | float


def write(logger: logging.Logger, level: int, event: str, fields: dict[str, Field | None]) -> None:
    """Write a record.

    Args:
        logger: Where to.
        level: One of `logging`'s.
        event: The kind of record.
        fields: Names in camelCase, none of them an attribute of ``logging.LogRecord``. Fields that
            are None are left out.
    """
    if not logger.isEnabledFor(level):
        return
    known = {"event": event} | {name: field for name, field in fields.items() if field is not None}
    # Not logger.log, which walks the stack to find the caller: the fields say what is logged.
    has_factory = logging.getLogRecordFactory() is not logging.LogRecord
    usual = (_new_attributes if has_factory else _usual_attributes)(logger.name, level)
    logger.handle(_Record(usual, known))


class _Record(logging.LogRecord):
    """A record whose fields are its message, as JSON, and its attributes.

    It looks up neither thread nor process nor module, which takes longer than writing the fields.
    Those of the earlier record are right: all records come from the thread of the event loop.

    Args:
        usual: The attributes of an earlier record of the same logger and level.
        fields: What the record says.
    """

    def __init__(self, usual: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
        vars(self).update(fields)
        vars(self).update(usual)
        now = time.time()
        self.msg = to_json(fields).decode()
        self.relativeCreated += (now - self.created) * 1000
        self.created = now
        self.msecs = now % 1 * 1000


def _new_attributes(name: str, level: int) -> Mapping[str, Any]:
    """Return the attributes of a new record, also those that the process's record factory adds."""
    known = {
        "name": name,
        "levelno": level,
        "levelname": logging.getLevelName(level),
        "pathname": __file__,
    }
    usual = vars(logging.makeLogRecord(known))
    if "taskName" in usual:  # since Python 3.12; another record is written in another task
        usual["taskName"] = None
    return usual


# A factory may add what differs from record to record, such as a trace id. logging's own does not.
_usual_attributes = functools.cache(_new_attributes)


def log_request(
    function: str,
    family: str | None,
    status: int,
    seconds: float,
    context: RequestContext,
    problem: Problem | None,
) -> None:
    """Write the record of a request.

    Args:
        function: The trigger's name.
        family: Which callers it serves; None if all.
        status: The HTTP status of the response.
        seconds: How long the request took.
        context: The request.
        problem: What the caller was told instead of a success; None after a success.
    """
    write(
        log,
        logging.INFO if status < 500 else logging.ERROR,
        "request",
        {
            "function": function,
            "family": family,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
            "acsRequests": context.audit.acs_requests,
            "requestId": context.id,
            "traceId": context.trace_id,
            "outcome": problem.slug if problem else "ok",
            "detail": str(problem) if problem else None,
        },
    )
