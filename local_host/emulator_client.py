"""Sends requests to the emulator for the local page and the developer's own pages."""

from typing import Any

import aiohttp

from acs_emulator.entra.users import PASSWORD
from local_host.emulator import Emulator

AUTHORITY = "organizations"  # where the users of all tenants may sign in
LIMIT = aiohttp.ClientTimeout(total=10)


class EmulatorError(Exception):
    """The emulator did not do what was requested. The message says why."""


class EmulatorClient:
    """The emulator's own routes and the endpoints of its Entra.

    All methods raise `EmulatorError` if the emulator refuses, or does not respond.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    @property
    def signs_in(self) -> bool:
        """Whether users can sign in to the service with the emulator's Entra."""
        return None not in (self._emulator.entra_port, self._emulator.client_id)

    async def requests(self, count: int) -> list[dict[str, Any]]:
        """Return the latest requests to ACS, newest first."""
        listed = await self._fetch("GET", f"{self._emulator.endpoint}/emulator/requests")
        return list(reversed(listed["requests"][-count:]))

    async def verify(self, token: str) -> dict[str, Any]:
        """Return whether an access token is genuine, expired or revoked."""
        url = f"{self._emulator.endpoint}/emulator/verify"
        return await self._fetch("POST", url, json={"token": token})

    async def sign_in(self, user: str) -> dict[str, Any]:
        """Sign a made-up user in.

        Args:
            user: The principal name, such as ``alice@contoso.example``.

        Returns:
            The token response of Entra.
        """
        client_id = self._emulator.client_id
        form = {
            "grant_type": "password",
            "username": user,
            "password": PASSWORD,
            "client_id": client_id,
            "scope": f"api://{client_id}/{self._emulator.scope}",
        }
        return await self._fetch("POST", self._entra("/oauth2/v2.0/token"), data=form)

    async def metadata(self) -> dict[str, Any]:
        """Return Entra's OpenID Connect metadata."""
        return await self._fetch("GET", self._entra("/v2.0/.well-known/openid-configuration"))

    def _entra(self, path: str) -> str:
        if not self.signs_in:
            raise EmulatorError("Sign-in with the emulator is not set up.")
        return f"https://localhost:{self._emulator.entra_port}/{AUTHORITY}{path}"

    async def _fetch(self, method: str, url: str, **content: Any) -> dict[str, Any]:
        try:
            async with (
                aiohttp.ClientSession(timeout=LIMIT) as session,
                session.request(method, url, **content) as response,
            ):
                fields: dict[str, Any] = await response.json()
        except (TimeoutError, aiohttp.ClientError, ValueError):
            raise EmulatorError("The emulator does not respond.") from None
        if response.status >= 400:
            raise EmulatorError(fields.get("error_description", "The emulator refuses this."))
        return fields
