"""What a fault is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from tests.faults.http_link import Link


class Stage(Enum):
    """How far a connection comes before it breaks."""

    PORT = "nobody listens"
    CONNECTED = "TLS does not begin"
    GREETED = "TLS stands, nothing is read"
    ASKED = "the request was received in full"


@dataclass(frozen=True)
class Fault:
    """What breaks, and what the app makes of it when it goes on breaking.

    Attributes:
        does: What happens at the stage.
        certificate: What the server shows: "good", or what is wrong with it.
        reused: Only what is asked on a connection that was used before meets the fault.
        unprocessed: The app can be sure that nothing was done: a create may be sent again, once.
        passing: What may be repeated is repeated.
        slugs: The problems that the app may answer; none, when it does no harm.
        bodies: Only answers with a body are hurt: a 204 is as good as ever.
        retry_after: The answer says when to come back.
    """

    name: str
    stage: Stage
    does: Callable[[Link], Awaitable[None]] | None = None
    certificate: str = "good"
    reused: bool = False
    unprocessed: bool = False
    passing: bool = False
    slugs: frozenset[str] = frozenset()
    bodies: bool = False
    retry_after: bool = False

    def __str__(self) -> str:
        return self.name
