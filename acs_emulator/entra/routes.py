"""Entra's routes: discovery, keys, the sign-in page, tokens, and what only an emulator has."""

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from acs_emulator.acs.identities import GUID
from acs_emulator.entra import discovery, pages
from acs_emulator.entra.authorize import LOOPBACK, REDIRECT_URI, authorize
from acs_emulator.entra.errors import EntraError, missing, unknown_tenant
from acs_emulator.entra.provider import Entra
from acs_emulator.entra.request import TokenRequest
from acs_emulator.entra.token import redeem
from acs_emulator.entra.users import Realm, find_realm

Handler = Callable[[web.Request], Awaitable[web.Response]]

FORM = "application/x-www-form-urlencoded"


class EntraRoutes:
    """The routes of a stand-in for ``login.microsoftonline.com``, and of AD FS."""

    def __init__(self, entra: Entra) -> None:
        self._entra = entra

    def routes(self) -> list[web.RouteDef]:
        """The routes to add to the application."""
        routes = [
            web.get("/common/discovery/instance", self._json(self.instance)),
            web.post("/emulator/entra/rotate-keys", self.rotate_keys),
            web.post("/emulator/entra/token-version", self.token_version),
        ]
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
        """What there is, and where: OpenID Connect Discovery."""
        endpoints = "/v2.0" if "/v2.0/" in request.path else ""
        return discovery.metadata(_realm(request), _base(request), endpoints)

    async def instance(self, request: web.Request) -> dict[str, Any]:
        """Whether an authority is known."""
        endpoint = request.query.get("authorization_endpoint", "")
        if not endpoint:
            raise missing("authorization_endpoint")
        return discovery.instance(_base(request), endpoint)

    async def keys(self, request: web.Request) -> dict[str, Any]:
        """The public keys."""
        _realm(request)
        return {"keys": self._entra.keys.public_keys()}

    async def authorize(self, request: web.Request) -> web.Response:
        """The sign-in page."""
        try:
            return authorize(self._entra, _realm(request), request.query)
        except EntraError as error:
            return pages.failure(error)

    async def logout(self, request: web.Request) -> web.Response:
        """The way back: nobody is kept signed in."""
        back = request.query.get("post_logout_redirect_uri", "")
        if not REDIRECT_URI.fullmatch(back):
            return web.Response(text="Signed out.\n")
        return web.Response(status=302, headers={"Location": back})

    async def token(self, request: web.Request) -> dict[str, Any]:
        """The token endpoint."""
        realm, content = _realm(request), await request.read()
        text = content.decode(errors="replace") if request.content_type == FORM else ""
        form = dict(parse_qsl(text, keep_blank_values=True))
        return redeem(TokenRequest(self._entra, realm, _base(request), request.path, form))

    async def preflight(self, request: web.Request) -> web.Response:
        """Let pages on loopback use the token endpoint."""
        headers = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "*"}
        return web.Response(status=204, headers=_cors(request) | headers)

    async def rotate_keys(self, request: web.Request) -> web.Response:
        """Let the next key sign; a new one takes the place of the one that signed."""
        self._entra.keys.rotate()
        signing, following = (key["kid"] for key in self._entra.keys.public_keys())
        return web.json_response({"signing": signing, "next": following})

    async def token_version(self, request: web.Request) -> web.Response:
        """Say in which version tokens for own APIs are from now on."""
        try:
            members = await request.json()
        except ValueError:
            members = None
        version = members.get("version") if isinstance(members, dict) else None
        if type(version) is not int or version not in (1, 2):
            raise web.HTTPBadRequest(text="Send {'version': 1} or {'version': 2}.\n")
        self._entra.api_version = version
        return web.json_response({"version": version})

    def _json(self, answer: Callable[[web.Request], Awaitable[dict[str, Any]]]) -> Handler:
        """Answer in JSON, errors too, and let pages on loopback read it."""

        async def handle(request: web.Request) -> web.Response:
            try:
                response = web.json_response(await answer(request))
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


def _realm(request: web.Request) -> Realm:
    segment = request.match_info["tenant"]
    realm = find_realm(segment)
    if realm is None:
        raise unknown_tenant(segment)
    return realm


def _base(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _cors(request: web.Request) -> dict[str, str]:
    origin = request.headers.get("Origin", "")
    if not re.fullmatch(LOOPBACK, origin):
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
