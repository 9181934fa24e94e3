"""Who the caller of the routes for signed-in users is."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.context import current_request
from acs_tokens.entra.access_tokens import AccessTokenVerifier, token_of
from acs_tokens.entra.easyauth import read_client_principal
from acs_tokens.entra.person import Person
from acs_tokens.entra.signing_keys import SigningKeys
from acs_tokens.errors import (
    EntraUnavailableError,
    InvalidRequestError,
    UnauthorizedError,
)
from acs_tokens.http_client import new_session
from acs_tokens.settings.entra import EntraSettings

KEYS_SECONDS = 3
MAX_KEYS_BYTES = 256 * 1024


@dataclass(frozen=True)
class Caller:
    """A caller, and the token that proved it; none with App Service authentication."""

    person: Person
    token: str | None = field(repr=False)


class SignIn:
    """Checks the one proof that a request may bring."""

    def __init__(self, rules: EntraSettings, keys: SigningKeys, limits: RateLimits) -> None:
        self._rules = rules
        self._tokens = AccessTokenVerifier(rules, keys)
        self._limits = limits

    async def check(self, headers: Mapping[str, str]) -> Caller:
        """Return who the caller is.

        Raises:
            UnauthorizedError: The proof is missing or wrong.
            InvalidRequestError: There is a guest handle besides.
            TooManyRequestsError: The client has failed too often.
            EntraUnavailableError: The proof cannot be checked now.
        """
        if headers.get("x-guest-handle"):
            raise InvalidRequestError("Send a sign-in: a guest handle is for the routes of guests.")
        try:
            caller = await self._proven(headers)
        except UnauthorizedError:
            # Only who fails is counted: a neighbour behind the same address gets in.
            self._limits.failed_proofs.take(current_request.get().client)
            raise
        current_request.get().caller = caller.person.key
        return caller

    async def _proven(self, headers: Mapping[str, str]) -> Caller:
        easyauth = headers.get("x-ms-client-principal")
        if self._rules.trusts_easyauth and easyauth:
            return Caller(read_client_principal(easyauth, self._rules.tenant_ids), token=None)
        # Some hosts in front, Static Web Apps among them, put their own into Authorization.
        bearer = headers.get("x-entra-authorization") or headers.get("authorization") or ""
        return Caller(await self._tokens.person(bearer), token_of(bearer))


def sign_in_with(rules: EntraSettings, limits: RateLimits) -> SignIn:
    """Make a sign-in that gets Entra's keys from where the rules say."""
    url = f"{rules.authority}/{{tenant}}/discovery/v2.0/keys"
    return SignIn(rules, SigningKeys(_Fetcher(), url), limits)


class _Fetcher:
    """Gets key sets: no redirects, bounded in time and size."""

    def __init__(self) -> None:
        self._session = new_session()

    async def __call__(self, url: str) -> dict[str, Any]:
        try:
            async with (
                asyncio.timeout(KEYS_SECONDS),
                self._session.get(url, allow_redirects=False) as answer,
            ):
                content = await answer.content.read(MAX_KEYS_BYTES + 1)
                while len(content) <= MAX_KEYS_BYTES and not answer.content.at_eof():
                    content += await answer.content.read(MAX_KEYS_BYTES + 1 - len(content))
                document = json.loads(content) if answer.status == 200 else None
        except (aiohttp.ClientError, OSError, ValueError, RecursionError) as error:
            raise EntraUnavailableError(log=f"Signing keys: {type(error).__name__}.") from None
        if not isinstance(document, dict) or len(content) > MAX_KEYS_BYTES:
            raise EntraUnavailableError(log="Signing keys: no key set in the answer.")
        return document
