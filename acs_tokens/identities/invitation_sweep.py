"""The sweep's part for invitations: revokes tokens of guests who were removed, forgets old ones."""

from datetime import UTC, datetime, timedelta

from acs_tokens.acs.service import TokenService
from acs_tokens.identities.invitations import InvitationStore
from acs_tokens.identities.registry import revoke_leftover

# A guest's handle, valid for 24 hours, may name the invitation; one hour more for clocks that
# differ.
KEPT_AFTER_END = timedelta(hours=25)


async def sweep_invitations(service: TokenService, store: InvitationStore, batch: int) -> None:
    """Revoke the tokens of removed guests, and forget invitations that ended a day ago.

    Args:
        service: Revokes in ACS.
        store: Where invitations and their guests are noted.
        batch: How many guests of an invitation, and how many invitations, to work on at most.

    Raises:
        IdentityStoreUnavailableError: The notes cannot be read or changed.
    """
    for id_ in await store.removing_guests(batch):
        for user_id in await store.guests(id_, batch):
            if await revoke_leftover(service, user_id):
                await store.forget_guest(id_, user_id)
    for id_ in await store.expired(datetime.now(UTC) - KEPT_AFTER_END, batch):
        guests = await store.guests(id_, batch)
        for user_id in guests:
            await store.forget_guest(id_, user_id)
        if len(guests) < batch:
            await store.remove(id_)
