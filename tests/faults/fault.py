"""What a fault is: where it happens, what happens, and what the app responds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from tests.faults.http_link import ClientConnection


class Stage(Enum):
    """How far a connection of the app comes before the fault happens."""

    NOT_LISTENING = "nobody listens"
    CONNECTED = "TCP is connected, TLS is not"
    TLS_READY = "TLS is established, nothing was read"
    REQUEST_READ = "the whole request was read"


@dataclass(frozen=True)
class Fault:
    """Something that breaks, and what the app responds while it lasts.

    Attributes:
        stage: When it happens.
        action: What the proxy does then; None where refusing to listen or the certificate is all.
        certificate: The certificate that the proxy shows: "good", or what is wrong with it.
        reused_only: Only requests on a connection that was used before meet the fault.
        unprocessed: The app knows that ACS did nothing: it may send a create again, once.
        retriable: The app tries an idempotent operation again.
        problems: The slugs of the problems that the app may respond with; none where the fault does
            no harm.
        body_only: The fault harms only responses with a body; a 204 has none.
        retry_after: The app's response has a ``Retry-After``.
    """

    name: str
    stage: Stage
    action: Callable[[ClientConnection], Awaitable[None]] | None = None
    certificate: str = "good"
    reused_only: bool = False
    unprocessed: bool = False
    retriable: bool = False
    problems: frozenset[str] = frozenset()
    body_only: bool = False
    retry_after: bool = False

    def __str__(self) -> str:
        return self.name
