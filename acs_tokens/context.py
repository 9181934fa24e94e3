"""What is known about the request being answered, wherever the code stands."""

import asyncio
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class RequestContext:
    """One call of a trigger.

    Ids in it are for the calls to ACS and for the audit, which writes hashes of them.

    Attributes:
        id: The host's invocation id: the caller's ``requestId``, and ACS's client request id.
        client: What the caller is counted by when there is no other proof of who it is.
        deadline: When it must be answered, in seconds of the event loop's clock.
        trace_headers: The caller's W3C trace context, for ACS; empty when there is none.
        upstream_attempts: HTTP requests sent to ACS on its behalf, repeated ones included.
        caller: Who proved to be calling: a guest's user id, or a person's ``Person.key``.
        target: The ACS user id that it is about; None as long as there is none.
        scopes: What the token asked for should allow.
        expires_on: When the token that was issued ends.
        renews: Whether a token was asked for an identity that had been there before.
        deletions: Left-over identities that it tried to delete, and whether they are gone.
    """

    id: str
    client: str = "unknown"
    deadline: float = 0
    trace_headers: Mapping[str, str] = field(default_factory=dict)
    upstream_attempts: int = 0
    caller: str | None = None
    target: str | None = None
    scopes: Sequence[str] = ()
    expires_on: datetime | None = None
    renews: bool = False
    deletions: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def trace_id(self) -> str | None:
        """The id of the caller's trace, 32 hex digits."""
        return self.trace_headers.get("traceparent", "")[3:35] or None

    def seconds_left(self) -> float:
        """How long it may still take."""
        return self.deadline - asyncio.get_running_loop().time()


current_request: ContextVar[RequestContext] = ContextVar("current_request")
