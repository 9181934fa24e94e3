"""The audit: a log record of each use of this service's power over identities, and each denial.

Ids are written as keyed hashes. Equal ids have equal hashes. The key is needed to find out which
hash belongs to a known id.
"""

import functools
import hmac
import logging
from dataclasses import dataclass
from datetime import UTC
from typing import Literal

from acs_tokens.context import AuditDraft, RequestContext
from acs_tokens.problems import Problem
from acs_tokens.settings import settings
from acs_tokens.telemetry.request_log import write

log = logging.getLogger("acs_tokens.audit")

Family = Literal["users", "guest", "me"]
Action = Literal[
    "create",
    "grant",
    "refresh",
    "revoke",
    "delete",
    "ban",
    "unban",
    "look-up",
    "invite",
    "withdraw",
]
Outcome = Literal["done", "denied", "failed"]

HASH_DIGITS = 16  # 64 bits: two of a million identities share one in 1 of 37 million cases


@dataclass(frozen=True)
class Audited:
    """What a trigger does, for the audit.

    Attributes:
        family: Which callers it serves.
        action: What it does to an identity.
    """

    family: Family
    action: Action


def pseudonym(id_: str) -> str:
    """Return the keyed hash that stands for an id in the log: 16 hex digits.

    Args:
        id_: An ACS user id, ``Person.key``, or an invitation's id.
    """
    return keyed_hash(id_, settings().log.hash_key.get_secret_value())


def keyed_hash(id_: str, key: bytes) -> str:
    """Return the hash of an id with a key: 16 hex digits."""
    mac = _mac(key).copy()
    mac.update(id_.encode())
    return mac.hexdigest()[:HASH_DIGITS]


@functools.lru_cache(maxsize=1)
def _mac(key: bytes) -> hmac.HMAC:
    """Return the HMAC of nothing. To copy it takes less than to begin another with the key."""
    return hmac.new(key, digestmod="sha256")


def audit_request(
    function: str, audited: Audited, context: RequestContext, problem: Problem | None
) -> None:
    """Write the audit record of a request, unless it failed before it could do anything.

    Args:
        function: The trigger's name.
        audited: What the trigger does.
        context: The request, with the draft of its record.
        problem: What the caller was told instead of a success; None after a success.
    """
    draft = context.audit
    outcome = _outcome(draft, problem)
    if outcome is None or not log.isEnabledFor(logging.INFO):
        return
    caller, target, expires_on = draft.caller, draft.target, draft.expires_on
    who = pseudonym(caller) if caller else None
    is_refresh = audited.action == "grant" and draft.is_renewal
    write(
        log,
        logging.INFO,
        "audit",
        {
            "action": "refresh" if is_refresh else audited.action,
            "outcome": outcome,
            "problem": problem.slug if problem else None,
            "family": audited.family,
            "function": function,
            "who": who,
            "target": who if target == caller else pseudonym(target) if target else None,
            "scopes": ",".join(draft.scopes) or None,
            "expiresOn": expires_on.astimezone(UTC).isoformat() if expires_on else None,
            "requestId": context.id,
        },
    )


def audit_side_effects(function: str, family: Family | None, context: RequestContext) -> None:
    """Write an audit record of each thing that the service did by itself, not at a request.

    That is each leftover identity that it tried to delete, each identity whose tokens it tried to
    revoke because of a ban or of a withdrawn invitation, and each person's identity that it
    replaced because ACS no longer has it.

    Args:
        function: The trigger's name.
        family: Which callers it serves; None for the timer.
        context: The request or the run of the timer.
    """
    tried = {"delete": context.audit.deletions, "revoke": context.audit.revocations}
    for action, results in tried.items():
        for user_id, done in results:
            _write_side_effect(function, family, context, action=action, user_id=user_id, done=done)
    for user_id, created in context.audit.replacements:
        _write_side_effect(
            function,
            family,
            context,
            action="replace",
            user_id=user_id,
            done=True,
            replaced_by=created,
        )


def _write_side_effect(
    function: str,
    family: Family | None,
    context: RequestContext,
    *,
    action: str,
    user_id: str,
    done: bool,
    replaced_by: str | None = None,
) -> None:
    caller = context.audit.caller
    write(
        log,
        logging.INFO,
        "audit",
        {
            "action": action,
            "outcome": "done" if done else "failed",
            "family": family or "timer",
            "function": function,
            "who": pseudonym(caller) if caller and replaced_by else None,
            "target": pseudonym(user_id),
            "replacement": pseudonym(replaced_by) if replaced_by else None,
            "requestId": context.id,
        },
    )


def _outcome(draft: AuditDraft, problem: Problem | None) -> Outcome | None:
    if problem is None:
        return "done"
    if problem.is_denial:
        return "denied"
    # ACS or the store refused, or a response was lost and the work may have been done.
    return "failed" if draft.acs_requests or draft.store_writes else None
