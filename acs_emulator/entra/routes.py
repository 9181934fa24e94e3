"""The HTTP routes of Entra (``login.microsoftonline.com``) and of AD FS."""

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from acs_emulator.entra import discovery, sign_in_pages
from acs_emulator.entra.authorize_endpoint import LOOPBACK, REDIRECT_URI, authorize
from acs_emulator.entra.errors import EntraError, missing, unknown_tenant
from acs_emulator.entra.provider import Entra
from acs_emulator.entra.token_endpoint import redeem
from acs_emulator.entra.token_request import TokenRequest
from acs_emulator.entra.users import Authority, find_authority
from acs_emulator.guid import GUID
from acs_emulator.server import Handler

FORM = "application/x-www-form-urlencoded"


def is_loopback_origin(origin: str) -> bool:
    """Return whether an origin is a developer's page, on any port of loopback."""
    return re.fullmatch(LOOPBACK, origin) is not None


class EntraRoutes:
    """The routes of all authorities."""

    def __init__(self, entra: Entra) -> None:
        self._entra = entra

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to the application."""
        routes = [web.get("/common/discovery/instance", self._json(self.instance))]
        for version in ("", "/v2.0"):
            oauth2 = f"/{{tenant}}/oauth2{version}"
            document = f"/{{tenant}}{version}{discovery.METADATA}"
            routes += [
                web.get(document, self._json(self.metadata)),
                web.get(f"/{{tenant}}/discovery{version}/keys", self._json(self.keys)),
                web.get(f"{oauth2}/authorize", self.authorize),
                web.get(f"{oauth2}/logout", self.logout),
                web.post(f"{oauth2}/token", self._json(self.token)),
                web.options(f"{oauth2}/token", self.preflight),
            ]
        return routes

    async def metadata(self, request: web.Request) -> dict[str, Any]:
        """Return the OpenID Connect metadata."""
        endpoints = "/v2.0" if "/v2.0/" in request.path else ""
        return discovery.metadata(_authority(request), _base(request), endpoints)

    async def instance(self, request: web.Request) -> dict[str, Any]:
        """Return the instance discovery document."""
        endpoint = request.query.get("authorization_endpoint", "")
        if not endpoint:
            raise missing("authorization_endpoint")
        return discovery.instance(_base(request), endpoint)

    async def keys(self, request: web.Request) -> dict[str, Any]:
        """Return the public keys."""
        _authority(request)
        return {"keys": self._entra.keys.public_keys()}

    async def authorize(self, request: web.Request) -> web.Response:
        """Show the sign-in page, or redirect with a code."""
        try:
            return authorize(self._entra, _authority(request), request.query)
        except EntraError as error:
            return sign_in_pages.error_page(error)

    async def logout(self, request: web.Request) -> web.Response:
        """Redirect to the application. There is no session to end."""
        target = request.query.get("post_logout_redirect_uri", "")
        if not REDIRECT_URI.fullmatch(target):
            return web.Response(text="Signed out.\n")
        return web.Response(status=302, headers={"Location": target})

    async def token(self, request: web.Request) -> dict[str, Any]:
        """Issue tokens."""
        authority, content = _authority(request), await request.read()
        text = content.decode(errors="replace") if request.content_type == FORM else ""
        form = dict(parse_qsl(text, keep_blank_values=True))
        return redeem(TokenRequest(self._entra, authority, _base(request), request.path, form))

    async def preflight(self, request: web.Request) -> web.Response:
        """Allow pages on loopback to use the token endpoint."""
        headers = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "*"}
        return web.Response(status=204, headers=_cors(request) | headers)

    def _json(self, endpoint: Callable[[web.Request], Awaitable[dict[str, Any]]]) -> Handler:
        """Write the fields or the error of an endpoint as JSON that loopback pages may read."""

        async def handle(request: web.Request) -> web.Response:
            try:
                response = web.json_response(await endpoint(request))
            except EntraError as error:
                response = self._failure(request, error)
            response.headers.update(_cors(request) | {"Cache-Control": "no-store"})
            return response

        return handle

    def _failure(self, request: web.Request, error: EntraError) -> web.Response:
        correlation_id = request.headers.get("client-request-id", "")
        if not GUID.fullmatch(correlation_id):
            correlation_id = str(uuid.uuid4())
        body = error.body(correlation_id, self._entra.clock())
        return web.json_response(body, status=error.status)


def _authority(request: web.Request) -> Authority:
    segment = request.match_info["tenant"]
    authority = find_authority(segment)
    if authority is None:
        raise unknown_tenant(segment)
    return authority


def _base(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _cors(request: web.Request) -> dict[str, str]:
    origin = request.headers.get("Origin", "")
    if not is_loopback_origin(origin):
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
