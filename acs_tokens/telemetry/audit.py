"""Who was given what, and who was not: a record for each use of this service's power.

Ids are written as keyed hashes: one can be matched with another, or with an id that is known,
by whoever has the key, and cannot be read.
"""

import hmac
import logging
from collections.abc import Mapping
from datetime import UTC
from typing import Literal

from acs_tokens.context import RequestContext
from acs_tokens.errors import Problem
from acs_tokens.settings import settings
from acs_tokens.telemetry.request_log import write

log = logging.getLogger("acs_tokens.audit")

Family = Literal["users", "guest", "me"]
Action = Literal["create", "grant", "refresh", "revoke", "delete"]
Outcome = Literal["done", "denied", "failed"]

DIGITS = 16  # of a hash, 64 bits: two of a million identities are the same once in 37 million cases
FUNCTIONS: Mapping[str, tuple[Family, Action]] = {
    "create_user": ("users", "create"),
    "create_user_and_token": ("users", "grant"),
    "issue_token": ("users", "grant"),
    "refresh_token": ("users", "refresh"),
    "revoke_tokens": ("users", "revoke"),
    "delete_user": ("users", "delete"),
    "exchange_teams_token": ("users", "grant"),
    "guest_token": ("guest", "grant"),
    "guest_refresh": ("guest", "refresh"),
    "guest_revoke": ("guest", "revoke"),
    "guest_delete": ("guest", "delete"),
    "me_token": ("me", "grant"),
    "me_revoke": ("me", "revoke"),
    "me_delete": ("me", "delete"),
    "me_teams_token": ("me", "grant"),
}


def pseudonym(id_: str) -> str:
    """Return the keyed hash that stands for an id in the log.

    Args:
        id_: An ACS user id, or ``<tenant id>:<object id>`` of a person, in lower case.
    """
    key = settings().log.hash_key.get_secret_value()
    return hmac.digest(key, id_.encode(), "sha256").hex()[:DIGITS]


def family_of(function: str) -> Family | None:
    """Return which callers a function is for; None when it is for all and gives nothing."""
    return FUNCTIONS[function][0] if function in FUNCTIONS else None


def audit_request(function: str, invocation: RequestContext, problem: Problem | None) -> None:
    """Write the record of a request; none of one that was refused before it could do anything."""
    outcome = _outcome(invocation, problem)
    if function not in FUNCTIONS or outcome is None or not log.isEnabledFor(logging.INFO):
        return
    family, action = FUNCTIONS[function]
    caller, target = invocation.caller, invocation.target
    who = pseudonym(caller) if caller else None
    expires_on = invocation.expires_on
    write(
        log,
        logging.INFO,
        "audit",
        {
            "action": "refresh" if action == "grant" and invocation.renews else action,
            "outcome": outcome,
            "problem": problem.slug if problem else None,
            "family": family,
            "function": function,
            "who": who,
            "target": who if target == caller else pseudonym(target) if target else None,
            "scopes": ",".join(invocation.scopes) or None,
            "expiresOn": expires_on.astimezone(UTC).isoformat() if expires_on else None,
            "requestId": invocation.id,
        },
    )


def audit_deletions(function: str, invocation: RequestContext) -> None:
    """Write a record of each deletion that nobody asked for: of what was left over."""
    for user_id, gone in invocation.deletions:
        write(
            log,
            logging.INFO,
            "audit",
            {
                "action": "delete",
                "outcome": "done" if gone else "failed",
                "family": family_of(function) or "timer",
                "function": function,
                "target": pseudonym(user_id),
                "requestId": invocation.id,
            },
        )


def _outcome(invocation: RequestContext, problem: Problem | None) -> Outcome | None:
    if problem is None:
        return "done"
    if problem.denies:
        return "denied"
    # ACS refused, or its answer was lost and it may have been done all the same.
    return "failed" if invocation.upstream_attempts else None
