"""What is known about the request being answered, wherever the code stands."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Invocation:
    """One call of a trigger.

    Attributes:
        id: The host's invocation id: the caller's ``requestId``, and ACS's client request id.
        client: What the caller is counted by when there is no other proof of who it is.
        trace_headers: The caller's W3C trace context, for ACS; empty when there is none.
        upstream_attempts: HTTP requests sent to ACS on its behalf, repeated ones included.
    """

    id: str
    client: str = "unknown"
    trace_headers: Mapping[str, str] = field(default_factory=dict)
    upstream_attempts: int = 0

    @property
    def trace_id(self) -> str | None:
        """The id of the caller's trace, 32 hex digits."""
        return self.trace_headers.get("traceparent", "")[3:35] or None


current_invocation: ContextVar[Invocation] = ContextVar("current_invocation")
