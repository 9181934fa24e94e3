"""Lets a person of the local page sign in with an OpenID Connect provider of the settings."""

import secrets
from collections.abc import Sequence

from aiohttp import web

from acs_emulator.foreign_requests import Pages
from acs_emulator.server import Handler
from local_host.openid_provider import OpenIdProvider, SignInAttempt, SignInError, refused
from local_host.page_responses import HEADERS, refusal
from local_host.pending_sign_ins import PendingSignIns

START = "/local/openid/{provider}"
RETURN = "/local/signed-in"
FROM_PROVIDERS = Pages(
    allow=lambda origin: False,
    advice="Only a provider's redirect leads here.",
    by_navigation=True,
)
# A page, not a redirect. After a redirect, the request for the local page would have
# Sec-Fetch-Site: cross-site, and the local page refuses such requests.
SIGNED_IN = """\
<!doctype html>
<html lang=en>
<meta http-equiv=refresh content="0;url=/#me">
<title>Signed in</title>
<p>You are signed in. <a href="/#me">Continue</a></p>
"""


class OpenIdSignIn:
    """Sends people to a provider, and keeps the token that they come back with in memory.

    Args:
        providers: In the order of the settings.
    """

    def __init__(self, providers: Sequence[OpenIdProvider]) -> None:
        self._providers = providers
        self._pending = PendingSignIns()
        self._tokens: dict[str, str] = {}

    def links(self) -> list[dict[str, str]]:
        """Return the text and the address of a link for each provider."""
        return [
            {"text": f"Sign in with {provider.name}", "href": START.format(provider=number)}
            for number, provider in enumerate(self._providers)
        ]

    def people(self) -> list[str]:
        """Return a name for each person who has signed in, the latest first."""
        return list(reversed(self._tokens))

    def token_of(self, name: str) -> str | None:
        """Return the token of one of `people`; None if there is nobody of that name."""
        return self._tokens.get(name)

    def start_route(self) -> web.RouteDef:
        """Return the route that a link of the page leads to."""
        return web.get(START, _shown(self._start))

    def return_route(self) -> web.RouteDef:
        """Return the route that a provider sends people back to."""
        return web.get(RETURN, _shown(self._finish))

    async def _start(self, request: web.Request) -> web.StreamResponse:
        """Redirect to the provider."""
        number = request.match_info["provider"]
        known = {str(index): provider for index, provider in enumerate(self._providers)}
        if number not in known:
            return refusal(404, "The settings have no such provider.")
        attempt = SignInAttempt(
            redirect=f"{request.scheme}://{request.host}{RETURN}",
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
        )
        url = await known[number].authorization_url(attempt)
        self._pending.add(known[number], attempt)
        return web.Response(status=303, headers=HEADERS | {"Location": url})

    async def _finish(self, request: web.Request) -> web.StreamResponse:
        """Take the person back who signed in, once for each sign-in that was started here."""
        if (sign_in := self._pending.take(request.query.get("state", ""))) is None:
            raise SignInError("No such sign-in was started here, or it took too long.")
        provider, attempt = sign_in
        if request.query.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
            raise SignInError("Another provider responded.")
        if "code" not in request.query:
            raise refused(request.query.get("error"))
        token = await provider.redeem(request.query["code"], attempt)
        name = f"you, with {provider.name}"
        self._tokens.pop(name, None)  # so that it becomes the latest
        self._tokens[name] = token
        return web.Response(text=SIGNED_IN, content_type="text/html", headers=HEADERS)


def _shown(handler: Handler) -> Handler:
    """Show a `SignInError` to the person."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except SignInError as error:
            return refusal(502, f"{error} Go back to the local page, and start again.")

    return handle
