"""Runs the functions for HTTP requests, as the Functions host does."""

import hmac
import logging
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from pathlib import Path

import azure.functions as func
from aiohttp import web
from multidict import CIMultiDict

from acs_emulator.foreign_requests import Pages, refuse_foreign_requests
from acs_emulator.server import UNREADABLE
from local_host.cors import Cors
from local_host.docs_page import docs_routes
from local_host.emulator_client import EmulatorClient
from local_host.functions import HttpFunction, TimerFunction
from local_host.local_page import LocalPage
from local_host.openid_sign_in import FROM_PROVIDERS, OpenIdSignIn
from local_host.page_options import PageOptions
from local_host.routes import decode
from local_host.settings import HostSettings, LocalSettings
from local_host.sign_in_metadata import sign_in_metadata

MAX_BODY_BYTES = 104_857_600  # the host's default
NO_PAGES = Pages(
    allow=lambda origin: False,
    advice="No page of another origin may use this, whatever CORS names. Use curl, or type the"
    " address of the local page into the browser.",
)
CORS_ADVICE = (
    'If the page is yours, write "CORS": "{origin}" under "Host" in local.settings.json (a copy of'
    " local.settings.json.example; commas separate several origins), start again, and send the"
    " request with fetch."
)

log = logging.getLogger(__name__)


class Host:
    """Serves functions.

    Args:
        functions: In the order in which their routes are tried.
        timers: ``POST /admin/functions/<name>`` runs each of them.
        function_key: The key for the functions that need one; None lets requests through
            without a key, as ``func start`` does.
        allowed_hosts: The host names to serve besides those of loopback, in lower case.
        emulator: The emulator that the app uses; None if it uses another ACS.
        page: What the local page says, and the providers that it offers.
    """

    def __init__(
        self,
        functions: Sequence[HttpFunction],
        timers: Sequence[TimerFunction],
        host: HostSettings,
        local: LocalSettings,
        function_key: str | None,
        allowed_hosts: Collection[str],
        emulator: EmulatorClient | None,
        page: PageOptions,
    ) -> None:
        self._functions = functions
        self._timers = timers
        self._host = host
        self._cors = Cors(local.cors, credentials=local.cors_credentials)
        self._key = function_key
        self._allowed_hosts = allowed_hosts
        self._emulator = emulator
        self._page = page

    def app(self, app_folder: Path) -> web.Application:
        """Return the application to serve.

        Args:
            app_folder: The folder with openapi.json.
        """
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes(docs_routes(app_folder))
        for timer in self._timers:
            app.router.add_post(f"/admin/functions/{timer.name}", partial(self._run_timer, timer))
        sign_in = OpenIdSignIn(self._page.providers)
        has_key = self._key is not None
        app.add_routes(
            LocalPage(self._emulator, sign_in, self._page.about, needs_key=has_key).routes()
        )
        callers = dict.fromkeys(app.add_routes([sign_in.return_route()]), FROM_PROVIDERS)
        # What other pages may use too, where CORS allows their origin.
        pages = Pages(self._cors.allow, CORS_ADVICE)
        shared = [
            *app.add_routes([sign_in_metadata(self._emulator, self._cors)]),
            app.router.add_route("*", r"/{path:[\s\S]*}", self._handle),
        ]
        callers |= dict.fromkeys(shared, pages)
        app.middlewares.append(
            refuse_foreign_requests(
                self._allowed_hosts,
                lambda request: callers.get(request.match_info.route, NO_PAGES),
            )
        )
        return app

    async def _handle(self, request: web.Request) -> web.Response:
        response = self._cors.preflight(request)
        if response is None:
            try:
                response = await self._dispatch(request)
            except Exception:
                log.exception("A request failed")  # the response says no more than in Azure
                response = web.Response(status=500)
            for name, value in self._host.custom_headers.items():
                response.headers.setdefault(name, value)
        response.headers.update(self._cors.headers(request))
        return response

    async def _dispatch(self, request: web.Request) -> web.Response:
        path = decode(request.raw_path.partition("?")[0])
        for function in self._functions:
            if function.methods and request.method not in function.methods:
                continue  # the Functions host responds with 404, not 405, to a wrong method
            if (parameters := function.route.match(path)) is not None:
                if function.needs_key and not self._has_key(request):
                    return web.Response(status=401)
                return await _run(function, request, parameters)
        return web.Response(status=404)

    async def _run_timer(self, timer: TimerFunction, request: web.Request) -> web.Response:
        """Run a timer function now, as the admin route of the Functions host does."""
        if not self._has_key(request):
            return web.Response(status=401)
        try:
            await timer.run()
        except Exception:
            log.exception("%s failed", timer.name)
            return web.Response(status=500)
        return web.Response(status=202)

    def _has_key(self, request: web.Request) -> bool:
        if self._key is None:
            return True
        sent = request.headers.get("x-functions-key", request.query.get("code", ""))
        return hmac.compare_digest(sent.encode(errors="surrogateescape"), self._key.encode())


async def _run(
    function: HttpFunction, request: web.Request, parameters: dict[str, str]
) -> web.Response:
    try:
        body = await request.read()
    except UNREADABLE:
        return web.Response(status=400)
    except web.HTTPRequestEntityTooLarge:
        return web.Response(status=413)
    function_request = func.HttpRequest(
        method=request.method,
        url=str(request.url),
        # Azure's front end sets this header and ignores the one of the request.
        headers=_joined((name.lower(), value) for name, value in request.headers.items())
        | {"client-ip": request.remote or ""},
        params=_joined((name, value) for name, value in request.query.items() if value),
        route_params=parameters,
        # Chunked bodies are read, as in Azure, whose front end buffers them. Core Tools drops them.
        body=body,
    )
    return _response(await function.run(function_request))


def _response(result: func.HttpResponse) -> web.Response:
    headers = CIMultiDict(result.headers.items())
    if "Content-Type" not in headers:
        charset = f"; charset={result.charset}" if result.mimetype.startswith("text/") else ""
        headers["Content-Type"] = result.mimetype + charset
    return web.Response(status=result.status_code, body=result.get_body(), headers=headers)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the pairs as a dict; the values of a repeated name are joined with commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
