"""Entra's signing keys: fetched when needed, kept while Entra cannot be reached.

The rules are Microsoft's for those who verify tokens themselves: keep keys for a day, look for new
ones every hour, and for a key that is not known at once, but then only every five minutes.
https://learn.microsoft.com/entra/identity-platform/signing-key-rollover
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from jwt import PyJWK, PyJWTError

from acs_tokens.errors import EntraUnavailableError

FRESH_SECONDS = 3600
KEPT_SECONDS = 24 * 3600
UNKNOWN_KEY_SECONDS = 300
FAILED_SECONDS = 10  # after a failure nobody asks again for so long
MIN_RSA_BITS = 2048

Fetch = Callable[[str], Awaitable[dict[str, Any]]]


@dataclass
class _Tenant:
    keys: dict[str, PyJWK] = field(default_factory=dict)
    fetched: float = float("-inf")
    failed: float = float("-inf")
    looked: float = float("-inf")  # for an unknown key
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class SigningKeys:
    """The keys of the configured tenants.

    Args:
        fetch: Gets a JSON object from a URL; raises `EntraUnavailableError`.
        url: Where a tenant's keys are, with ``{tenant}``.
        clock: Seconds that never go back.
    """

    def __init__(self, fetch: Fetch, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._url = url
        self._clock = clock
        self._tenants: dict[str, _Tenant] = {}

    async def find(self, tenant_id: str, key_id: str) -> PyJWK | None:
        """Return a tenant's key; None when it has none of that id.

        Raises:
            EntraUnavailableError: No keys can be had.
        """
        tenant = self._tenants.setdefault(tenant_id, _Tenant())
        if self._clock() - tenant.fetched > FRESH_SECONDS:
            await self._refresh(tenant_id, tenant)
        if key_id not in tenant.keys:
            await self._look(tenant_id, tenant, key_id)
        return tenant.keys.get(key_id)

    async def _refresh(self, tenant_id: str, tenant: _Tenant) -> None:
        """Fetch the keys, once for all who ask; go on with the old ones for a day if that fails."""
        async with tenant.lock:
            if self._clock() - tenant.fetched > FRESH_SECONDS:
                fetched = await self._fetched(tenant_id, tenant)
                if not fetched and self._clock() - tenant.fetched > KEPT_SECONDS:
                    raise EntraUnavailableError(log="Entra's signing keys cannot be had.")

    async def _look(self, tenant_id: str, tenant: _Tenant, key_id: str) -> None:
        """Fetch the keys because one is not known, once for all who ask, and not too often."""
        async with tenant.lock:
            if key_id in tenant.keys or self._clock() - tenant.looked <= UNKNOWN_KEY_SECONDS:
                return
            if not await self._fetched(tenant_id, tenant):
                raise EntraUnavailableError(
                    log="Entra cannot be asked for a key that is not known."
                )
            tenant.looked = self._clock()

    async def _fetched(self, tenant_id: str, tenant: _Tenant) -> bool:
        if self._clock() - tenant.failed <= FAILED_SECONDS:
            return False
        try:
            tenant.keys = _usable(await self._fetch(self._url.format(tenant=tenant_id)))
        except EntraUnavailableError:
            tenant.failed = self._clock()
            return False
        tenant.fetched = self._clock()
        return True


def _usable(document: dict[str, Any]) -> dict[str, PyJWK]:
    """The RSA signing keys of a key set, by id; what else is in it does not matter."""
    found = {}
    entries = document.get("keys")
    for entry in entries if isinstance(entries, list) else ():
        try:
            key = PyJWK(entry, algorithm="RS256")
        except (PyJWTError, AttributeError, KeyError, TypeError, ValueError):
            continue
        is_signing = entry.get("kty") == "RSA" and entry.get("use") in (None, "sig")
        if is_signing and isinstance(key.key_id, str) and key.key.key_size >= MIN_RSA_BITS:
            found[key.key_id] = key
    if not found:
        raise EntraUnavailableError(log="Entra's key set has no usable key.")
    return found
