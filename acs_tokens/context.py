"""The request being served, and the draft of its audit record, for all code that serves it."""

import asyncio
import weakref
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class ClientKey:
    """What a client is counted by.

    Attributes:
        text: An IPv4 address, an IPv6 network, or ``unknown``.
        share: How many times more than a single address it may use.
    """

    text: str
    share: int = 1


@dataclass
class AuditDraft:
    """What the audit record of a request will say. Each method is called where its fact is known.

    The ids are in clear here; the audit writes keyed hashes of them.

    Attributes:
        caller: Who authenticated: a guest's user id, or ``Person.key`` of a signed-in user.
        target: What the request is about: an ACS user id, ``Person.key``, or an invitation's id.
        scopes: What the requested token should allow.
        expires_on: When the issued token ends.
        is_renewal: Whether the token is for an identity that existed before the request.
        deletions: Leftover identities that the request tried to delete, and whether they are gone.
        revocations: Identities whose tokens the service tried to revoke by itself, and whether they
            are revoked.
        replacements: Identities that ACS no longer has, each with the one in its place.
        acs_requests: HTTP requests sent to ACS for this request, retries included.
        store_writes: How often the request changed what the identity store says of others.
    """

    caller: str | None = None
    target: str | None = None
    scopes: Sequence[str] = ()
    expires_on: datetime | None = None
    is_renewal: bool = False
    deletions: list[tuple[str, bool]] = field(default_factory=list)
    revocations: list[tuple[str, bool]] = field(default_factory=list)
    replacements: list[tuple[str, str]] = field(default_factory=list)
    acs_requests: int = 0
    store_writes: int = 0

    def authenticated(self, caller: str) -> None:
        """Note who the caller is."""
        self.caller = caller

    def concerns(self, id_: str) -> None:
        """Note the id of the identity, person or invitation that the request is about."""
        self.target = id_

    def requested(self, scopes: Sequence[str]) -> None:
        """Note the scopes of the token that the caller wants."""
        self.scopes = scopes

    def issued(self, expires_on: datetime) -> None:
        """Note that a token was issued."""
        self.expires_on = expires_on

    def renews(self, *, renewal: bool = True) -> None:
        """Note whether the token is for an identity that existed before the request.

        Args:
            renewal: False corrects an earlier note, when the identity turns out not to exist.
        """
        self.is_renewal = renewal

    def deleted_leftover(self, user_id: str, *, gone: bool) -> None:
        """Note that the service tried to delete an identity by itself, not at a caller's request.

        Args:
            user_id: The identity.
            gone: Whether it is gone now.
        """
        self.deletions.append((user_id, gone))

    def revoked_leftover(self, user_id: str, *, done: bool) -> None:
        """Note that the service tried to revoke an identity's tokens by itself.

        Args:
            user_id: The identity.
            done: Whether they are revoked now.
        """
        self.revocations.append((user_id, done))

    def replaced(self, old_user_id: str, new_user_id: str) -> None:
        """Note that a person has another identity, because ACS no longer has the old one."""
        self.replacements.append((old_user_id, new_user_id))

    def writes_to_store(self) -> None:
        """Note that the request begins to change what the identity store says of others."""
        self.store_writes += 1

    def sent_to_acs(self) -> None:
        """Count one HTTP request to ACS."""
        self.acs_requests += 1


@dataclass(frozen=True)
class RequestContext:
    """A run of a trigger.

    Attributes:
        id: The host's invocation id. Our caller knows it as ``requestId``, ACS as
            ``x-ms-client-request-id``.
        deadline: When the response is due, in seconds of the event loop's clock.
        task: The task that is cancelled at the deadline; None when no task is.
        client: What guests' requests and wrong credentials are counted by.
        is_guest: Whether the request is one for guests, who may not take all slots to ACS.
        trace_headers: The caller's W3C trace context, to send on; empty when there is none.
        audit: The draft of its audit record.
    """

    id: str
    deadline: float = 0
    task: weakref.ref[asyncio.Task[object]] | None = None
    client: tuple[ClientKey, ...] = ()
    is_guest: bool = False
    trace_headers: Mapping[str, str] = field(default_factory=dict)
    audit: AuditDraft = field(default_factory=AuditDraft)

    @property
    def trace_id(self) -> str | None:
        """The id of the caller's trace, 32 hex digits; None when there is no trace."""
        return self.trace_headers.get("traceparent", "")[3:35] or None

    def seconds_left(self) -> float:
        """Return the time until the deadline; negative after it."""
        return self.deadline - asyncio.get_running_loop().time()

    def is_cancelled_within(self, seconds: float) -> bool:
        """Return whether the deadline cancels the running task within so many seconds.

        It does not cancel tasks that the request has started, such as the registry's steps.
        """
        is_own_task = self.task is not None and self.task() is asyncio.current_task()
        return is_own_task and self.seconds_left() <= seconds


current_request: ContextVar[RequestContext] = ContextVar("current_request")
