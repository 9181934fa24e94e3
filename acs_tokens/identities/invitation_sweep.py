"""The sweep's part for invitations: revokes tokens of guests who were removed, forgets old ones."""

from datetime import UTC, datetime, timedelta

from acs_tokens.acs.service import TokenService
from acs_tokens.identities.invitations import HANDLE_LIFETIME, InvitationStore
from acs_tokens.identities.registry import check_acs, revoke_leftover

# A guest's handle may name the invitation; one hour more for clocks that differ.
KEPT_AFTER_END = HANDLE_LIFETIME + timedelta(hours=1)


async def revoke_removed_guests(service: TokenService, store: InvitationStore, batch: int) -> None:
    """Revoke the tokens of guests whose invitation was withdrawn with its guests.

    Args:
        service: Revokes in ACS.
        store: Where invitations and their guests are noted.
        batch: How many guests of an invitation, and how many invitations, to work on at most.

    Raises:
        AcsUnavailableError: ACS does not work; the rest is for the next run.
        IdentityStoreUnavailableError: The notes cannot be read or changed.
    """
    for id_ in await store.removing_guests(batch):
        guests, revoked = await store.guests(id_, batch), 0
        for user_id in guests:
            check_acs(service)
            if await revoke_leftover(service, user_id):
                await store.forget_guest(id_, user_id)
                revoked += 1
        if revoked == len(guests) < batch:  # nobody else is left
            await store.finish_removal(id_)


async def forget_ended(store: InvitationStore, batch: int) -> None:
    """Forget invitations that ended a day ago, with their guests.

    Args:
        store: Where invitations and their guests are noted.
        batch: How many guests of an invitation, and how many invitations, to work on at most.

    Raises:
        IdentityStoreUnavailableError: The notes cannot be read or changed.
    """
    for id_ in await store.expired(datetime.now(UTC) - KEPT_AFTER_END, batch):
        guests = await store.guests(id_, batch)
        for user_id in guests:
            await store.forget_guest(id_, user_id)
        if len(guests) < batch:
            await store.remove(id_)
