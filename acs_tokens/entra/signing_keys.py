"""The signing keys of Entra's tenants."""

import functools
import time
from collections.abc import Callable

import aiohttp
from jwt import PyJWK

from acs_tokens.oidc.key_set import KeySet, fetch_json
from acs_tokens.problems import EntraUnavailableError

ALGORITHMS = ("RS256",)


class SigningKeys:
    """The signing keys of Entra's tenants.

    Args:
        authority: Entra's address, without a slash at the end.
        session: For requests to Entra.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self,
        authority: str,
        session: aiohttp.ClientSession,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authority = authority
        self._session = session
        self._clock = clock
        self._tenants: dict[str, KeySet] = {}

    async def find(self, tenant_id: str, key_id: str, algorithm: object) -> PyJWK | None:
        """Return a tenant's key; None when it has none of that id and algorithm.

        Args:
            tenant_id: One of the tenants of the settings.
            key_id, algorithm: As the token names them.

        Raises:
            EntraUnavailableError: The keys cannot be fetched.
        """
        if tenant_id not in self._tenants:
            url = f"{self._authority}/{tenant_id}/discovery/v2.0/keys"
            fetch = functools.partial(fetch_json, self._session, url)
            self._tenants[tenant_id] = KeySet(fetch, ALGORITHMS, EntraUnavailableError, self._clock)
        return await self._tenants[tenant_id].find(key_id, algorithm)
