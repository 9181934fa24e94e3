"""Entra's signing keys: fetched when needed, kept while Entra cannot be reached.

Microsoft's recommendation for services that verify tokens: keep keys for a day, refresh them every
hour, and refresh them at once for an unknown key, but for that reason only every five minutes.
https://learn.microsoft.com/entra/identity-platform/signing-key-rollover

Here unknown keys are allowed five refreshes at once and then one a minute. With one every five
minutes, a stranger's token that names an unknown key would hide a new key of Entra for so long.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from jwt import PyJWK, PyJWTError

from acs_tokens.errors import EntraUnavailableError
from acs_tokens.http_client import new_session

FETCH_SECONDS = 3
FRESH_SECONDS = 3600
KEPT_SECONDS = 24 * 3600
UNKNOWN_KEY_BURST = 5
UNKNOWN_KEY_SECONDS = 60
FAILED_SECONDS = 10  # after a failed fetch there is no other one for so long
MIN_RSA_BITS = 2048


@dataclass
class _Tenant:
    """A tenant's keys by id.

    Attributes:
        fetched, failed: When that last happened, on the clock of `SigningKeys`.
        fetches_left: A token bucket: how often the keys may be fetched for an unknown key.
        filled_at: When the bucket was last filled, on the same clock.
    """

    keys: dict[str, PyJWK] = field(default_factory=dict)
    fetched: float = float("-inf")
    failed: float = float("-inf")
    fetches_left: float = UNKNOWN_KEY_BURST
    filled_at: float = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class SigningKeys:
    """The signing keys of Entra's tenants.

    Create it on the event loop that will use it, once per process.

    Args:
        authority: Entra's address, without a slash at the end.
        clock: Monotonic time in seconds.
    """

    def __init__(self, authority: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._authority = authority
        self._clock = clock
        self._session = new_session()
        self._tenants: dict[str, _Tenant] = {}

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def find(self, tenant_id: str, key_id: str) -> PyJWK | None:
        """Return a tenant's key; None when it has none of that id.

        Raises:
            EntraUnavailableError: The keys cannot be fetched.
        """
        tenant = self._tenants.setdefault(tenant_id, _Tenant())
        if self._clock() - tenant.fetched > FRESH_SECONDS:
            await self._refresh(tenant_id, tenant)
        if key_id not in tenant.keys:
            await self._fetch_for_unknown_key(tenant_id, tenant, key_id)
        return tenant.keys.get(key_id)

    async def _refresh(self, tenant_id: str, tenant: _Tenant) -> None:
        """Fetch the keys, once for all requests that wait; on failure keep old ones for a day."""
        async with tenant.lock:
            if self._clock() - tenant.fetched > FRESH_SECONDS:
                fetched = await self._fetch(tenant_id, tenant)
                if not fetched and self._clock() - tenant.fetched > KEPT_SECONDS:
                    raise EntraUnavailableError(log="Entra's signing keys cannot be fetched.")

    async def _fetch_for_unknown_key(self, tenant_id: str, tenant: _Tenant, key_id: str) -> None:
        """Fetch the keys, once for all requests that wait, and not too often."""
        async with tenant.lock:
            self._fill(tenant)
            if key_id in tenant.keys or tenant.fetches_left < 1:
                return
            if not await self._fetch(tenant_id, tenant):
                raise EntraUnavailableError(
                    log="Entra's signing keys cannot be fetched, and a token names an unknown key."
                )
            tenant.fetches_left -= 1

    def _fill(self, tenant: _Tenant) -> None:
        now = self._clock()
        gained = (now - tenant.filled_at) / UNKNOWN_KEY_SECONDS
        tenant.fetches_left = min(UNKNOWN_KEY_BURST, tenant.fetches_left + gained)
        tenant.filled_at = now

    async def _fetch(self, tenant_id: str, tenant: _Tenant) -> bool:
        """Fetch a tenant's keys; return whether that succeeded."""
        if self._clock() - tenant.failed <= FAILED_SECONDS:
            return False
        try:
            tenant.keys = _usable_keys(await self._key_set(tenant_id))
        except EntraUnavailableError:
            tenant.failed = self._clock()
            return False
        tenant.fetched = self._clock()
        return True

    async def _key_set(self, tenant_id: str) -> dict[str, Any]:
        url = f"{self._authority}/{tenant_id}/discovery/v2.0/keys"
        try:
            async with (
                asyncio.timeout(FETCH_SECONDS),
                self._session.get(url, allow_redirects=False) as response,
            ):
                document = json.loads(await response.read()) if response.status == 200 else None
        except (aiohttp.ClientError, OSError, ValueError, RecursionError) as error:
            raise EntraUnavailableError(log=f"Signing keys: {type(error).__name__}.") from None
        if not isinstance(document, dict):
            raise EntraUnavailableError(log="Signing keys: the response has no key set.")
        return document


def _usable_keys(document: dict[str, Any]) -> dict[str, PyJWK]:
    """Return the RSA signing keys of a key set by id; other entries are ignored."""
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
