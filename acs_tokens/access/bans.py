"""Bans: who gets no token, whatever credential they have."""

from datetime import timedelta

from acs_tokens.access.look_ups import LookUps
from acs_tokens.identities.bans import Ban, BanStore, ban_key
from acs_tokens.problems import BannedError


class Bans:
    """Refuses those who are banned, by what the identity store said some seconds ago.

    Methods raise `IdentityStoreUnavailableError`: where it is not known whether somebody is banned,
    they get no token.

    Args:
        store: Keeps the bans.
        deadline: How long a request may take.
    """

    def __init__(self, store: BanStore, deadline: timedelta) -> None:
        self._store = store
        self._bans = LookUps(store.get, deadline)

    async def check(self, subject: str) -> None:
        """Let somebody through who is not banned.

        Args:
            subject: An ACS user id, or ``Person.key``.

        Raises:
            BannedError: There is a ban, and it is not over.
        """
        ban = await self._bans.get(ban_key(subject))
        if ban and not ban.is_over:
            raise BannedError

    async def put(self, subject: str, ban: Ban) -> None:
        """Ban somebody; a ban that there is already is replaced."""
        await self._store.put(subject, ban)
        self._bans.forget(ban_key(subject))

    async def get(self, subject: str) -> Ban | None:
        """Return the ban as the store has it now; None if there is none, or it is over."""
        ban = await self._store.get(subject)
        return None if ban is None or ban.is_over else ban

    async def remove(self, subject: str) -> None:
        """Lift a ban; do nothing if there is none."""
        await self._store.remove(subject)
        self._bans.forget(ban_key(subject))
