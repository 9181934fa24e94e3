"""The page at /, and what it needs besides the API: helper routes for no other page."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from acs_emulator.entra.users import USERS
from acs_emulator.server import UNREADABLE, Handler, bad_request, read_json
from local_host.emulator_client import EmulatorClient, EmulatorError

FOLDER = Path(__file__).parent / "page"
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SHOWN_REQUESTS = 8

Helper = Callable[[EmulatorClient, dict[str, Any]], Awaitable[object]]


class LocalPage:
    """The page's files and its helper routes.

    Every helper route is a POST, because browsers name the origin of every POST in ``Origin``. Only
    the page itself may use them. They use the emulator, and respond with 404 without one.

    Args:
        emulator: None if the app uses another ACS.
        needs_key: Whether the backend's routes need a function key, for which the page asks.
    """

    def __init__(self, emulator: EmulatorClient | None, *, needs_key: bool) -> None:
        self._emulator = emulator
        self._needs_key = needs_key

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to the application."""
        return [
            *(web.get(path, partial(_file, *file)) for path, file in FILES.items()),
            web.post("/local/settings", _for_own_page(self._settings)),
            web.post("/local/requests", _for_own_page(self._with_emulator(_requests))),
            web.post("/local/verify", _for_own_page(self._with_emulator(_verify))),
            web.post("/local/sign-in", _for_own_page(self._with_emulator(_sign_in))),
        ]

    async def _settings(self, request: web.Request) -> web.Response:
        """Return what the page can do here."""
        signs_in = self._emulator is not None and self._emulator.signs_in
        fields = {
            "emulator": self._emulator is not None,
            "needsKey": self._needs_key,
            "users": [user.principal_name for user in USERS] if signs_in else [],
        }
        return web.json_response(fields, headers=HEADERS)

    def _with_emulator(self, helper: Helper) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            if self._emulator is None:
                return _refusal(404, "There is no emulator: the service uses another ACS.")
            try:
                fields = await helper(self._emulator, await read_json(request))
            except EmulatorError as error:
                return _refusal(502, str(error))
            except UNREADABLE:
                return _refusal(400, "The body cannot be read.")
            return web.json_response(fields, headers=HEADERS)

        return handle


async def _file(name: str, content_type: str, request: web.Request) -> web.FileResponse:
    return web.FileResponse(FOLDER / name, headers=HEADERS | {"Content-Type": content_type})


def _for_own_page(handler: Handler) -> Handler:
    """Refuse all requests but those of a page of this origin; ``Host`` has been checked before."""

    async def handle(request: web.Request) -> web.StreamResponse:
        origins = request.headers.getall("Origin", [])
        is_own = [origin.partition("://")[2] for origin in origins] == [request.host.lower()]
        if not is_own or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            return _refusal(403, "This route is for the local page alone.")
        return await handler(request)

    return handle


async def _requests(emulator: EmulatorClient, fields: dict[str, Any]) -> object:
    return await emulator.requests(SHOWN_REQUESTS)


async def _verify(emulator: EmulatorClient, fields: dict[str, Any]) -> object:
    return await emulator.verify(_text(fields, "token"))


async def _sign_in(emulator: EmulatorClient, fields: dict[str, Any]) -> object:
    user = _text(fields, "user")
    if user not in {each.principal_name for each in USERS}:
        raise bad_request("user must be the name of a made-up user.")
    return {"accessToken": (await emulator.sign_in(user))["access_token"]}


def _text(fields: dict[str, Any], name: str) -> str:
    if not isinstance(text := fields.get(name), str):
        raise bad_request(f"{name} must be a string.")
    return text


def _refusal(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n", headers=HEADERS)
