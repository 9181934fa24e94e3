"""Tokens of OpenID Connect providers other than Entra, verified.

https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
https://www.rfc-editor.org/rfc/rfc9068#section-4
"""

import re
from typing import Any

import aiohttp

from acs_tokens.oidc.bearer_token import BearerToken
from acs_tokens.oidc.claims import claim_values
from acs_tokens.oidc.discovery import fetch_key_set
from acs_tokens.oidc.key_set import KeySet
from acs_tokens.oidc.person import OidcUser
from acs_tokens.problems import ProviderUnavailableError, UnauthorizedError
from acs_tokens.settings.oidc import ProviderSettings

ALGORITHMS = ("RS256", "PS256", "ES256")
# What ``typ`` of the header may be: not that of logout tokens, security events and DPoP proofs.
TYPES = (None, "jwt", "at+jwt", "application/at+jwt")
SUBJECT = re.compile(r"[ -~]{1,255}")  # OpenID Connect Core, section 2
MAX_AUDIENCES = 16


class ProviderTokenVerifier:
    """Verifies the tokens that one provider issued for this service.

    Create it on the event loop that will use it, once per process.

    Args:
        settings: The provider's settings.
        session: For requests to the provider.
    """

    def __init__(self, settings: ProviderSettings, session: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._keys = KeySet(
            lambda: fetch_key_set(session, settings.issuer, settings.discovery),
            ALGORITHMS,
            ProviderUnavailableError,
        )

    async def verify(self, token: BearerToken) -> OidcUser:
        """Verify a token, and return the user that it was issued to.

        Args:
            token: A token whose ``iss`` is this provider's.

        Raises:
            UnauthorizedError: It is not valid for this service.
            ProviderUnavailableError: It cannot be verified now.
        """
        # Before the signature: a token that cannot be valid causes no request for keys.
        user = self._check_claims(token)
        token.verify_signature(await self._keys.find(token.key_id, token.algorithm))
        return user

    def _check_claims(self, token: BearerToken) -> OidcUser:
        """Check everything that a token says, and return its user."""
        claims, type_ = token.claims, token.header.get("typ")
        if token.issuer != self._settings.issuer:
            raise UnauthorizedError(log="Bearer: another issuer.")
        if (type_.lower() if isinstance(type_, str) else type_) not in TYPES or "events" in claims:
            raise UnauthorizedError(log="Bearer: not an access token or ID token.")
        if not self._settings.audiences.intersection(_texts(claims["aud"])):
            raise UnauthorizedError(log="Bearer: for another audience.")
        self._check_permission(claims)
        return OidcUser(self._settings.issuer, _subject(claims))

    def _check_permission(self, claims: dict[str, Any]) -> None:
        scope = self._settings.scope
        if scope and scope not in (*_words(claims.get("scope")), *_words(claims.get("scp"))):
            raise UnauthorizedError(log="Bearer: not the scope of this service.")
        for name, value in self._settings.claims:
            if value not in claim_values(claims, name):
                raise UnauthorizedError(log="Bearer: a claim has not the value of OIDC_CLAIMS.")


def _texts(value: object) -> tuple[str, ...]:
    """Return a text, or a short list of texts; nothing for anything else."""
    values = value if isinstance(value, list) else [value]
    texts = tuple(each for each in values if isinstance(each, str))
    return texts if len(texts) == len(values) <= MAX_AUDIENCES else ()


def _words(value: object) -> list[str]:
    """Return scopes, which are words joined by spaces, or a list with some providers."""
    if isinstance(value, list):
        return [each for each in value if isinstance(each, str)]
    return value.split(" ") if isinstance(value, str) else []


def _subject(claims: dict[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not SUBJECT.fullmatch(subject):
        raise UnauthorizedError(log="Bearer: no subject.")
    if _is_application(claims, subject):
        raise UnauthorizedError(log="Bearer: not a user's token.")
    return subject


def _is_application(claims: dict[str, Any], subject: str) -> bool:
    """Return whether a token is an application's own (client credentials).

    RFC 9068, Okta, Auth0: the subject is the client.
    Google: the client is the service account's id or e-mail address. Anybody can have one, and
    Google signs its token for any audience.
    Keycloak: the user name is "service-account-" and the client id, or the client's address is
    named.
    Entra External ID: the object id is the subject. That is also so for users of Azure AD B2C, but
    their tokens have a scope or a policy (``scp``, ``tfp`` or ``acr``).
    """
    if claims.get("gty") == "client-credentials" or claims.get("idtyp") == "app":
        return True
    if "clientAddress" in claims:
        return True
    if claims.get("oid") == subject and not any(claims.get(name) for name in ("scp", "tfp", "acr")):
        return True
    client_ids = [claims[name] for name in ("client_id", "azp", "cid") if claims.get(name)]
    names = (subject, subject.removesuffix("@clients"), claims.get("email"))
    accounts = [f"service-account-{each}".lower() for each in client_ids]
    return any(name in client_ids for name in names) or claims.get("preferred_username") in accounts
