"""The page at /, and what it needs besides the API: helper routes for no other page."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from acs_emulator.entra.users import USERS
from acs_emulator.server import UNREADABLE, Handler, bad_request, read_json
from local_host.emulator_client import EmulatorClient, EmulatorError
from local_host.openid_sign_in import OpenIdSignIn
from local_host.page_responses import HEADERS, refusal
from local_host.request_examples import ExampleRequest
from local_host.token_view import token_view

FOLDER = Path(__file__).parent / "page"
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
SCOPES = {
    "chat": "everything",
    "chat.join": "also add people",
    "chat.join.limited": "take part",
    "voip": "start and join calls",
    "voip.join": "join calls",
}
SHOWN_REQUESTS = 8

Helper = Callable[[dict[str, Any]], Awaitable[object]]


class LocalPage:
    """The page's files and its helper routes.

    Every helper route is a POST, because browsers name the origin of every POST in ``Origin``. Only
    the page itself may use them.

    Args:
        emulator: None if the app uses another ACS.
        sign_in: For people of OpenID Connect providers.
        about: What the page says to each caller: ``backend``, ``guest`` and ``me``.
        needs_key: Whether the backend's routes need a function key, for which the page asks.
    """

    def __init__(
        self,
        emulator: EmulatorClient | None,
        sign_in: OpenIdSignIn,
        about: dict[str, str],
        *,
        needs_key: bool,
    ) -> None:
        self._emulator = emulator
        self._openid = sign_in
        self._about = about
        self._needs_key = needs_key

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to the application."""
        helpers: dict[str, Helper] = {
            "settings": self._settings,
            "requests": self._requests,
            "token": self._token,
            "examples": _examples,
            "sign-in": self._sign_in,
        }
        return [
            *(web.get(path, partial(_file, *file)) for path, file in FILES.items()),
            *(web.post(f"/local/{name}", _for_own_page(each)) for name, each in helpers.items()),
            self._openid.start_route(),
        ]

    async def _settings(self, fields: dict[str, Any]) -> object:
        """Return what the page can do here."""
        signs_in = self._emulator is not None and self._emulator.signs_in
        made_up = [user.principal_name for user in USERS] if signs_in else []
        return {
            "needsKey": self._needs_key,
            "about": self._about,
            "scopes": list(SCOPES.items()),
            "users": [*self._openid.people(), *made_up],
            "providers": self._openid.links(),
        }

    async def _requests(self, fields: dict[str, Any]) -> object:
        """Return status, method and path of the emulator's latest requests, newest first."""
        latest = await self._emulator.requests(SHOWN_REQUESTS) if self._emulator else []
        return [[each["status"], each["method"], each["path"]] for each in latest]

    async def _token(self, fields: dict[str, Any]) -> object:
        token = _text(fields, "token")
        return token_view(token, await self._emulator.verify(token) if self._emulator else None)

    async def _sign_in(self, fields: dict[str, Any]) -> object:
        """Return a token of a person who has signed in, or sign a made-up user in."""
        user = _text(fields, "user")
        if token := self._openid.token_of(user):
            return {"accessToken": token}
        if self._emulator is None or user not in {each.principal_name for each in USERS}:
            raise bad_request("Nobody of that name has signed in. Sign in with a provider first.")
        return {"accessToken": (await self._emulator.sign_in(user))["access_token"]}


async def _file(name: str, content_type: str, request: web.Request) -> web.FileResponse:
    return web.FileResponse(FOLDER / name, headers=HEADERS | {"Content-Type": content_type})


def _for_own_page(helper: Helper) -> Handler:
    """Refuse all requests but those of a page of this origin; ``Host`` has been checked before."""

    async def handle(request: web.Request) -> web.StreamResponse:
        origins = request.headers.getall("Origin", [])
        is_own = [origin.partition("://")[2] for origin in origins] == [request.host.lower()]
        if not is_own or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            return refusal(403, "This route is for the local page alone.")
        try:
            return web.json_response(await helper(await read_json(request)), headers=HEADERS)
        except EmulatorError as error:
            return refusal(502, str(error))
        except UNREADABLE:
            return refusal(400, "The body cannot be read.")

    return handle


async def _examples(fields: dict[str, Any]) -> object:
    headers = fields.get("headers")
    if not isinstance(headers, dict):
        raise bad_request("headers must be an object.")
    example = ExampleRequest(
        method=_text(fields, "method"),
        url=_text(fields, "url"),
        headers={name: _text(headers, name) for name in headers},
        body=_text(fields, "body") if "body" in fields else None,
    )
    try:
        return example.examples()
    except (RecursionError, ValueError):
        raise bad_request("url must be an address, and body a JSON object as text.") from None


def _text(fields: dict[str, Any], name: str) -> str:
    if not isinstance(text := fields.get(name), str):
        raise bad_request(f"{name} must be a string.")
    return text
