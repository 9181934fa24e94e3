"""A provider's signing keys: fetched when needed, kept while the provider cannot be reached.

Microsoft's recommendation for services that verify tokens: keep keys for a day, refresh them every
hour, and refresh them at once for an unknown key, but for that reason only every five minutes.
https://learn.microsoft.com/entra/identity-platform/signing-key-rollover

Here unknown keys are allowed five refreshes at once and then one a minute. With one every five
minutes, a stranger's token that names an unknown key would hide a new key of the provider for so
long.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import aiohttp
from jwt import PyJWK, PyJWTError

from acs_tokens.problems import Problem

FETCH_SECONDS = 3
FRESH_SECONDS = 3600
KEPT_SECONDS = 24 * 3600
UNKNOWN_KEY_BURST = 5
UNKNOWN_KEY_SECONDS = 60
FAILED_SECONDS = 10  # after a failed fetch there is no other one for so long
MIN_RSA_BITS = 2048

Keys = dict[tuple[str, object], PyJWK]  # by key id and algorithm


class FetchError(Exception):
    """A document cannot be fetched, or makes no sense; the text says why."""


class KeySet:
    """The signing keys of one publisher: a tenant of Entra, or another provider.

    Create it on the event loop that will use it, once per process.

    Args:
        fetch: Fetches the JSON Web Key Set of the publisher. Raises `FetchError`.
        algorithms: Which signatures are accepted, whatever a token or the key set says: some of
            RS256, PS256 and ES256.
        unavailable: The problem to raise when the keys cannot be fetched.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[dict[str, Any]]],
        algorithms: Collection[str],
        unavailable: Callable[..., Problem],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch_document = fetch
        self._algorithms = algorithms
        self._unavailable = unavailable
        self._clock = clock
        self._lock = asyncio.Lock()
        self._keys: Keys = {}
        self._fetched = float("-inf")
        self._failed = float("-inf")
        # A token bucket: how often the keys may be fetched for an unknown key.
        self._fetches_left: float = UNKNOWN_KEY_BURST
        self._filled_at: float = 0

    async def find(self, key_id: str, algorithm: object) -> PyJWK | None:
        """Return the key of an id for an algorithm; None when there is none.

        Args:
            key_id: As the token names it.
            algorithm: As the token names it; anything but one of the accepted ones has no key.

        Raises:
            Problem: The keys cannot be fetched; the one given to the constructor.
        """
        if algorithm not in self._algorithms:
            return None
        if self._clock() - self._fetched > FRESH_SECONDS:
            await self._refresh()
        if (key_id, algorithm) not in self._keys:
            await self._fetch_for_unknown_key(key_id, algorithm)
        return self._keys.get((key_id, algorithm))

    async def _refresh(self) -> None:
        """Fetch the keys, once for all requests that wait; on failure keep old ones for a day."""
        async with self._lock:
            if self._clock() - self._fetched > FRESH_SECONDS:
                fetched = await self._fetch()
                if not fetched and self._clock() - self._fetched > KEPT_SECONDS:
                    raise self._unavailable(log="The signing keys cannot be fetched.")

    async def _fetch_for_unknown_key(self, key_id: str, algorithm: object) -> None:
        """Fetch the keys, once for all requests that wait, and not too often."""
        async with self._lock:
            self._fill()
            if (key_id, algorithm) in self._keys or self._fetches_left < 1:
                return
            if not await self._fetch():
                raise self._unavailable(
                    log="The signing keys cannot be fetched, and a token names an unknown key."
                )
            self._fetches_left -= 1

    def _fill(self) -> None:
        now = self._clock()
        gained = (now - self._filled_at) / UNKNOWN_KEY_SECONDS
        self._fetches_left = min(UNKNOWN_KEY_BURST, self._fetches_left + gained)
        self._filled_at = now

    async def _fetch(self) -> bool:
        """Fetch the keys; return whether that succeeded."""
        if self._clock() - self._failed <= FAILED_SECONDS:
            return False
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                keys = _usable_keys(await self._fetch_document(), self._algorithms)
        except (FetchError, TimeoutError):
            keys = {}
        if not keys:
            self._failed = self._clock()
            return False
        self._keys, self._fetched = keys, self._clock()
        return True


async def fetch_json(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    """Fetch a JSON object. Redirects are not followed.

    Raises:
        FetchError: The server cannot be reached, or its response is no JSON object.
    """
    try:
        async with session.get(url, allow_redirects=False) as response:
            document = json.loads(await response.read()) if response.status == 200 else None
    except (aiohttp.ClientError, OSError, ValueError, RecursionError) as error:
        raise FetchError(type(error).__name__) from None
    if not isinstance(document, dict):
        raise FetchError("not a JSON object")
    return document


def _usable_keys(document: dict[str, Any], algorithms: Collection[str]) -> Keys:
    """Return the signing keys of a key set by id and algorithm; other entries are ignored."""
    entries = document.get("keys")
    return {
        (key.key_id or "", algorithm): key
        for entry in (entries if isinstance(entries, list) else ())
        for algorithm in algorithms
        if (key := _signing_key(entry, algorithm))
    }


def _signing_key(entry: Any, algorithm: str) -> PyJWK | None:
    """Return an entry of a key set as a key for an algorithm; None if it cannot be used for it."""
    try:
        is_for_it = entry.get("alg") in (None, algorithm) and entry.get("use") in (None, "sig")
        is_public = isinstance(entry.get("kid"), str) and "d" not in entry
        key = PyJWK(entry, algorithm=algorithm) if is_for_it and is_public else None
    except (PyJWTError, AttributeError, KeyError, TypeError, ValueError):
        return None
    if key is None or not _fits(entry, algorithm, key):
        return None
    return key


def _fits(entry: dict[str, Any], algorithm: str, key: PyJWK) -> bool:
    if algorithm == "ES256":
        return entry.get("kty") == "EC" and entry.get("crv") == "P-256"
    return entry.get("kty") == "RSA" and key.key.key_size >= MIN_RSA_BITS
