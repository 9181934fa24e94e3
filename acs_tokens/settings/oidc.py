"""Which OpenID Connect providers besides Entra may sign users in."""

import re
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.role_scopes import RoleScopes, read_role_scopes

ISSUER = "OIDC_ISSUER"
AUDIENCE = "OIDC_AUDIENCE"
DISCOVERY = "OIDC_DISCOVERY"
SCOPE = "OIDC_SCOPE"
CLAIMS = "OIDC_CLAIMS"
ROLE_CLAIM = "OIDC_ROLE_CLAIM"
ROLE_SCOPES = "OIDC_ROLE_SCOPES"
NAMES = (ISSUER, AUDIENCE, DISCOVERY, SCOPE, CLAIMS, ROLE_CLAIM, ROLE_SCOPES)
# The names of each provider's settings end with one of these.
SUFFIXES = ("", *(f"_{number}" for number in range(2, 10)))
WELL_KNOWN = "/.well-known/openid-configuration"
ADDRESS = re.compile(r"https://(?:(?![@#\\])[!-~]){1,500}")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Users of these would become other persons than those of the ENTRA_ settings.
ENTRA_HOSTS = ("login.microsoftonline.com", "login.microsoftonline.us", "sts.windows.net")
# A wildcard, a blank, and what Keycloak and Auth0 put into users' tokens for every service: each of
# those services could use its users' tokens here.
NO_AUDIENCE = re.compile(r"[* ]|^account$|/userinfo$")


class ProviderSettings(BaseModel):
    """Settings for one OpenID Connect provider.

    Attributes:
        issuer: ``iss`` of its tokens, character by character.
        discovery: The https address of its discovery document.
        audiences: A token's ``aud`` must hold one of them.
        scope: The scope that a token must have; "" asks for none.
        claims: Claims that a token must have, with the value of each.
        role_claim: The claim that holds a user's roles.
        role_scopes: What each role may ask for; None allows everybody all scopes.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    issuer: str
    discovery: str
    audiences: frozenset[str]
    scope: str
    claims: tuple[tuple[str, str], ...]
    role_claim: str
    role_scopes: RoleScopes | None

    @classmethod
    def from_environ(cls, environ: Environ, suffix: str) -> Self | None:
        """Read the settings of one provider; None when there are none.

        Args:
            environ: The environment.
            suffix: One of SUFFIXES, which ends the settings' names.

        Raises:
            MisconfiguredError: A setting is missing or malformed.
        """
        if not any(environ.text(name + suffix) for name in NAMES):
            return None
        issuer = _address(environ, ISSUER + suffix)
        if urlsplit(issuer).hostname in ENTRA_HOSTS:
            raise MisconfiguredError(
                ISSUER + suffix, "is Entra's. Remove it, and set ENTRA_TENANT_IDS instead."
            )
        return cls(
            issuer=issuer,
            discovery=_address(environ, DISCOVERY + suffix, issuer.rstrip("/") + WELL_KNOWN),
            audiences=_audiences(environ, AUDIENCE + suffix),
            scope=_scope(environ, SCOPE + suffix),
            claims=_claims(environ, CLAIMS + suffix),
            role_claim=environ.text(ROLE_CLAIM + suffix) or "roles",
            role_scopes=read_role_scopes(environ, ROLE_SCOPES + suffix),
        )


def read_providers(environ: Environ) -> tuple[ProviderSettings, ...]:
    """Read the settings of all providers: ``OIDC_…``, then ``OIDC_…_2`` to ``OIDC_…_9``.

    Raises:
        MisconfiguredError: A setting is missing or malformed, or two providers have one issuer.
    """
    found: dict[str, ProviderSettings] = {}
    for suffix in SUFFIXES:
        provider = ProviderSettings.from_environ(environ, suffix)
        if provider is None:
            continue
        if provider.issuer in found:
            raise MisconfiguredError(ISSUER + suffix, "is set twice. Remove one of them.")
        found[provider.issuer] = provider
    return tuple(found.values())


def is_https_address(text: str) -> bool:
    """Return whether a text is an https address without user and fragment."""
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return bool(ADDRESS.fullmatch(text)) and has_host


def _address(environ: Environ, name: str, default: str = "") -> str:
    text = environ.text(name) or default
    if not text:
        raise MisconfiguredError(name, "is not set. Set it to the issuer of the users' tokens.")
    if not is_https_address(text) or re.search(r"[{}<>*?]", text):
        raise MisconfiguredError(
            name,
            "must be an https:// address without user, query and fragment, exactly as the"
            " provider's discovery document shows it.",
        )
    if urlsplit(text).hostname in LOOPBACK:
        environ.require_development(name, "must be an address that others can reach.")
    return text


def _audiences(environ: Environ, name: str) -> frozenset[str]:
    audiences = environ.items(name)
    if not audiences or any(NO_AUDIENCE.search(each) for each in audiences):
        raise MisconfiguredError(
            name,
            "must name what tokens for this service have in 'aud': the identifier of this API at"
            " the provider, or the client id of the page. It takes no wildcard, and nothing that"
            " tokens for other services have too, such as Keycloak's 'account'.",
        )
    return frozenset(audiences)


def _scope(environ: Environ, name: str) -> str:
    scope = environ.text(name)
    if not re.fullmatch(r"[!-~]*", scope):
        raise MisconfiguredError(name, "must be one scope, without spaces.")
    return scope


def _claims(environ: Environ, name: str) -> tuple[tuple[str, str], ...]:
    text, found = environ.text(name), []
    for part in text.split(";") if text else ():
        claim, _, value = (each.strip() for each in part.partition("="))
        if not claim or not value:
            raise MisconfiguredError(
                name, "must read <claim>=<value>;<claim>=<value>, as email_verified=true."
            )
        found.append((claim, value))
    return tuple(found)
