"""Authenticates signed-in users, and limits their requests."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from acs_tokens.access.bans import Bans
from acs_tokens.access.caller import Caller
from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.context import current_request
from acs_tokens.entra.access_tokens import AccessTokenVerifier
from acs_tokens.entra.easyauth import read_client_principal
from acs_tokens.entra.signing_keys import SigningKeys
from acs_tokens.http_client import new_session
from acs_tokens.oidc.bearer_token import BearerToken
from acs_tokens.oidc.claims import claim_values
from acs_tokens.oidc.person import Person, SignInCredential
from acs_tokens.oidc.provider_tokens import ProviderTokenVerifier
from acs_tokens.problems import UnauthorizedError
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.oidc import ProviderSettings
from acs_tokens.settings.role_scopes import RoleScopes

# https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
ENTRA_ROLES = "roles"


@dataclass(frozen=True)
class _Provider:
    """Entra, or another provider.

    Attributes:
        verify: Verifies a token; returns the user that it was issued to.
        role_claim: The claim that holds the user's roles.
        role_scopes: What each role may ask for; None where roles do not count.
    """

    verify: Callable[[BearerToken], Awaitable[Person]]
    role_claim: str
    role_scopes: RoleScopes | None


class SignIn:
    """Verifies the credential of a signed-in user's request.

    Create it on the event loop that will use it, once per process.

    Args:
        entra: The settings for Entra; None where nobody signs in with Entra.
        providers: The settings for other providers.
        limits: How many requests callers may send.
        bans: Who may not sign in; None where nobody can be banned.
    """

    def __init__(
        self,
        entra: EntraSettings | None,
        providers: Collection[ProviderSettings],
        limits: RateLimits,
        bans: Bans | None = None,
    ) -> None:
        self._limits = limits
        self._bans = bans
        self._session = new_session()
        self._entra_settings = entra
        self._entra = _entra(entra, SigningKeys(entra.authority, self._session)) if entra else None
        self._providers = {
            each.issuer: _Provider(
                ProviderTokenVerifier(each, self._session).verify, each.role_claim, each.role_scopes
            )
            for each in providers
        }

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def check(self, credential: SignInCredential) -> Caller:
        """Return who the caller is.

        Raises:
            UnauthorizedError: The credential is missing or not valid.
            TooManyRequestsError: The user sends too many requests, or the client too many wrong
                credentials.
            EntraUnavailableError, ProviderUnavailableError: The credential cannot be verified now.
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

    async def _authenticated(self, credential: SignInCredential) -> Caller:
        entra = self._entra_settings
        if entra and entra.trusts_easyauth and credential.client_principal:
            user, roles = read_client_principal(credential.client_principal, entra.tenant_ids)
            return Caller(user, roles=roles, role_scopes=entra.role_scopes)
        token = BearerToken.read(credential.authorization)
        # Which provider's keys count follows from the token's issuer, before they are used.
        provider = self._providers.get(token.issuer, self._entra)
        if provider is None:
            raise UnauthorizedError(log="Bearer: another issuer.")
        person = await provider.verify(token)
        roles = claim_values(token.claims, provider.role_claim)
        return Caller(person, token.text, roles, provider.role_scopes)


def _entra(settings: EntraSettings, keys: SigningKeys) -> _Provider:
    verify = AccessTokenVerifier(settings, keys).verify
    return _Provider(verify, ENTRA_ROLES, settings.role_scopes)
