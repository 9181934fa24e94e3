"""An OpenID Connect provider of the settings, to which a person goes from the local page.

Authorization code with PKCE, as a public client: https://www.rfc-editor.org/rfc/rfc7636
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from acs_tokens.settings.environ import Environ
from acs_tokens.settings.oidc import AUDIENCE, SUFFIXES, ProviderSettings, is_https_address
from local_host.jwt_parts import jwt_parts

CLIENT_ID = "OIDC_CLIENT_ID"  # read here only: the service needs no client id
LIMIT = aiohttp.ClientTimeout(total=10)
ERROR_CODE = re.compile(r"[a-z_]{1,64}")


class SignInError(Exception):
    """A person cannot sign in. The message says why, and holds nothing secret."""


@dataclass(frozen=True)
class SignInAttempt:
    """What one sign-in is recognized by when the person comes back.

    Attributes:
        redirect: Where the provider sends the person back to.
        state: Comes back with the person.
        nonce: Comes back in the ID token.
        verifier: The person takes its hash to the provider. This host sends it to the provider
            with the code.
    """

    redirect: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class OpenIdProvider:
    """A provider, and this page's registration there.

    Attributes:
        issuer: The provider's issuer.
        discovery: The https address of its discovery document.
        client_id: Of the public client that the developer has registered there.
        audiences: A token's ``aud`` must hold one of them.
        audience: What to ask a token for; None if the tokens for the client itself will do.
        scope: The scope that a token must have; "" for none.
    """

    issuer: str
    discovery: str
    client_id: str
    audiences: frozenset[str]
    audience: str | None
    scope: str

    @property
    def name(self) -> str:
        """The issuer without ``https://`` and without the slash at its end.

        Its host would not do: two realms of Keycloak share one.
        """
        return self.issuer.removeprefix("https://").removesuffix("/")

    async def authorization_url(self, attempt: SignInAttempt) -> str:
        """Return where the person signs in.

        Raises:
            SignInError: The provider does not respond, or its discovery document is wrong.
        """
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": attempt.redirect,
            "scope": f"openid {self.scope}".strip(),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **self._wanted_audience(),
        }
        endpoint = await self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def redeem(self, code: str, attempt: SignInAttempt) -> str:
        """Exchange an authorization code for a token.

        Returns:
            The access token if it is a JWT for the service, else the ID token.

        Raises:
            SignInError: The provider refuses, or the ID token is of another sign-in.
        """
        form = {
            "client_id": self.client_id,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect,
            "code_verifier": attempt.verifier,
            **self._wanted_audience(),
        }
        tokens = await _fetch("POST", await self._endpoint("token_endpoint"), data=form)
        access_token, id_token = (str(tokens.get(each)) for each in ("access_token", "id_token"))
        claims = jwt_parts(id_token)[1]
        if (claims.get("iss"), claims.get("nonce")) != (self.issuer, attempt.nonce):
            raise SignInError("The provider's ID token is missing, or is of another sign-in.")
        return access_token if self._is_for_service(access_token) else id_token

    def _wanted_audience(self) -> Mapping[str, str]:
        """Name the audience as Auth0 does, and as RFC 8707 does."""
        if self.audience is None:
            return {}
        # RFC 8707 takes an absolute address only. Entra refuses `resource`: its audience is a GUID.
        resource = {"resource": self.audience} if "://" in self.audience else {}
        return {"audience": self.audience, **resource}

    def _is_for_service(self, token: str) -> bool:
        audience = jwt_parts(token)[1].get("aud")
        named = audience if isinstance(audience, list) else [audience]
        return any(isinstance(each, str) and each in self.audiences for each in named)

    async def _endpoint(self, name: str) -> str:
        document = await _fetch("GET", self.discovery)
        address = document.get(name)
        if document.get("issuer") != self.issuer:
            raise SignInError("The provider's discovery document is of another issuer.")
        if not isinstance(address, str) or not is_https_address(address):
            raise SignInError(f"The provider's discovery document has no {name} with https.")
        return address


def read_openid_providers(environ: Environ) -> tuple[OpenIdProvider, ...]:
    """Read the providers of the service's settings, and the page's client id at each.

    Raises:
        MisconfiguredError: A setting is missing or malformed.
    """
    return tuple(
        _provider(environ, suffix, settings)
        for suffix in SUFFIXES
        if (settings := ProviderSettings.from_environ(environ, suffix))
    )


def _provider(environ: Environ, suffix: str, settings: ProviderSettings) -> OpenIdProvider:
    audience = environ.items(AUDIENCE + suffix)[0]
    client_id = environ.text(CLIENT_ID + suffix) or audience
    return OpenIdProvider(
        issuer=settings.issuer,
        discovery=settings.discovery,
        client_id=client_id,
        audiences=settings.audiences,
        audience=audience if audience != client_id else None,
        scope=settings.scope,
    )


async def _fetch(method: str, url: str, **content: Any) -> dict[str, Any]:
    """Send a request to the provider.

    Raises:
        SignInError: It does not respond, refuses, or does not respond with a JSON object.
    """
    try:
        async with (
            aiohttp.ClientSession(timeout=LIMIT) as session,
            session.request(method, url, allow_redirects=False, **content) as response,
        ):
            fields = await response.json(content_type=None)
    except (TimeoutError, aiohttp.ClientError, RecursionError, ValueError):
        raise SignInError("The provider does not respond, or not with JSON.") from None
    if not isinstance(fields, dict):
        raise SignInError("The provider does not respond with a JSON object.")
    if response.status != 200:
        raise refused(fields.get("error"))
    return fields


def refused(code: object) -> SignInError:
    """Return the error for an error code of the provider, which is shown if it is a plain word."""
    shown = code if isinstance(code, str) and ERROR_CODE.fullmatch(code) else "no reason given"
    return SignInError(f"The provider refuses: {shown}.")
