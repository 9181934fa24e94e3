"""What is known about the request being answered, wherever the code stands."""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Invocation:
    """One call of a trigger.

    Attributes:
        id: The host's invocation id: the caller's ``requestId``, and ACS's client request id.
        client: What the caller is counted by when there is no other proof of who it is.
        deadline: When it must be answered, in seconds of the event loop's clock.
        upstream_attempts: HTTP requests sent to ACS on its behalf, repeated ones included.
    """

    id: str
    client: str = "unknown"
    deadline: float = 0
    upstream_attempts: int = 0

    def seconds_left(self) -> float:
        """How long it may still take."""
        return self.deadline - asyncio.get_running_loop().time()


current_invocation: ContextVar[Invocation] = ContextVar("current_invocation")
