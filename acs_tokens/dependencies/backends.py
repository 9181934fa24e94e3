"""What serves backends, and the sweep, which nobody asks for."""

import functools
from typing import TYPE_CHECKING

from acs_tokens.dependencies.shared import bans, needed_store, service
from acs_tokens.problems import IdentityStoreOffError
from acs_tokens.settings import settings

if TYPE_CHECKING:
    from acs_tokens.access.moderation import Moderation
    from acs_tokens.access.people import People
    from acs_tokens.identities.sweeper import Sweeper


@functools.cache
def moderation() -> "Moderation":
    """Return what bans.

    Raises:
        IdentityStoreOffError: No identity store is used.
    """
    store, known = needed_store(), bans()
    if store is None or known is None:
        raise _no_store()
    from acs_tokens.access.moderation import Moderation

    return Moderation(service(), store, known)


@functools.cache
def people() -> "People":
    """Return what knows the people of identities.

    Raises:
        IdentityStoreOffError: No identity store is used.
    """
    store = needed_store()
    if store is None:
        raise _no_store()
    from acs_tokens.access.people import People

    return People(service(), store)


@functools.cache
def sweeper() -> "Sweeper":
    """Return what deletes leftover identities."""
    from acs_tokens.identities.sweeper import Sweeper

    return Sweeper(service(), needed_store(), settings().guests.retention)


def _no_store() -> IdentityStoreOffError:
    return IdentityStoreOffError("This needs an identity store: set IDENTITY_TABLE_ENDPOINT.")
