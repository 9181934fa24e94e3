"""Authenticates signed-in users, and limits their requests."""

from dataclasses import dataclass, field

from acs_tokens.access.bans import Bans
from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.context import current_request
from acs_tokens.entra.access_tokens import AccessTokenVerifier, VerifiedToken
from acs_tokens.entra.easyauth import read_client_principal
from acs_tokens.entra.person import EntraCredential, Person
from acs_tokens.entra.signing_keys import SigningKeys
from acs_tokens.problems import UnauthorizedError
from acs_tokens.settings.entra import EntraSettings


@dataclass(frozen=True)
class Caller:
    """A signed-in user.

    Attributes:
        person: Who it is.
        token: The verified access token; None with App Service authentication.
    """

    person: Person
    token: VerifiedToken | None = field(default=None, repr=False)


class SignIn:
    """Verifies the Entra credential of a request.

    Create it on the event loop that will use it, once per process.

    Args:
        settings: Which users may sign in.
        limits: How many requests they may send.
        bans: Who may not; None where nobody can be banned.
    """

    def __init__(
        self, settings: EntraSettings, limits: RateLimits, bans: Bans | None = None
    ) -> None:
        self._settings = settings
        self._keys = SigningKeys(settings.authority)
        self._verifier = AccessTokenVerifier(settings, self._keys)
        self._limits = limits
        self._bans = bans

    async def aclose(self) -> None:
        """Close all connections."""
        await self._keys.aclose()

    async def check(self, credential: EntraCredential) -> Caller:
        """Return who the caller is.

        Raises:
            UnauthorizedError: The credential is missing or not valid.
            TooManyRequestsError: The user sends too many requests, or the client too many wrong
                credentials.
            EntraUnavailableError: The credential cannot be verified now.
            BannedError: The user is banned.
            IdentityStoreUnavailableError: It is not known whether they are.
        """
        context = current_request.get()
        try:
            caller = await self._authenticated(credential)
        except UnauthorizedError:
            # Only failures count by client, so that others behind the same address get in.
            self._limits.count_failed_sign_in(context.client)
            raise
        context.audit.authenticated(caller.person.key)
        self._limits.requests.take(caller.person.key)
        if self._bans:
            await self._bans.check(caller.person.key)
        return caller

    async def _authenticated(self, credential: EntraCredential) -> Caller:
        if self._settings.trusts_easyauth and credential.client_principal:
            tenant_ids = self._settings.tenant_ids
            return Caller(read_client_principal(credential.client_principal, tenant_ids))
        token = await self._verifier.verify(credential.authorization)
        return Caller(token.person, token)
