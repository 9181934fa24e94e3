"""HTTP to function and back, as the Functions host does it."""

import hmac
import logging
from collections.abc import Iterable, Sequence
from functools import partial

import azure.functions as func
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web_protocol import RequestPayloadError
from multidict import CIMultiDict

from local_host.functions import HttpFunction, TimerFunction
from local_host.routes import decode
from local_host.settings import HostSettings, LocalSettings

MAX_BODY_BYTES = 104_857_600  # the host's default

log = logging.getLogger(__name__)


class Host:
    """Serves functions.

    Args:
        functions: In the order to try them.
        timers: Each is run by ``POST /admin/functions/<name>``.
        function_key: What functions that need a key are opened with; None asks for none, as
            ``func start`` does.
    """

    def __init__(
        self,
        functions: Sequence[HttpFunction],
        timers: Sequence[TimerFunction],
        host: HostSettings,
        local: LocalSettings,
        function_key: str | None,
    ) -> None:
        self._functions = functions
        self._timers = timers
        self._host = host
        self._cors = Cors(local.cors, credentials=local.cors_credentials)
        self._key = function_key

    def app(self) -> web.Application:
        """The application to serve."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        for timer in self._timers:
            app.router.add_post(f"/admin/functions/{timer.name}", partial(self._run_timer, timer))
        app.router.add_route("*", r"/{path:[\s\S]*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.Response:
        response = self._cors.preflight(request)
        if response is None:
            try:
                response = await self._dispatch(request)
            except Exception:
                log.exception("A request failed")  # as in Azure, where nobody sees why
                response = web.Response(status=500)
            for name, value in self._host.custom_headers.items():
                response.headers.setdefault(name, value)
        response.headers.update(self._cors.headers(request))
        return response

    async def _dispatch(self, request: web.Request) -> web.Response:
        path = decode(request.raw_path.partition("?")[0])
        for function in self._functions:
            if function.methods and request.method not in function.methods:
                continue  # a wrong method is a 404, not a 405
            if (parameters := function.route.match(path)) is not None:
                if function.needs_key and not self._has_key(request):
                    return web.Response(status=401)
                return await _run(function, request, parameters)
        return web.Response(status=404)

    async def _run_timer(self, timer: TimerFunction, request: web.Request) -> web.Response:
        """Run a timer function now: what the Functions host's own admin route does."""
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
        given = request.headers.get("x-functions-key", request.query.get("code", ""))
        return hmac.compare_digest(given.encode(errors="surrogateescape"), self._key.encode())


class Cors:
    """Which pages may read answers; what others ask for is run all the same."""

    def __init__(self, origins: Sequence[str], *, credentials: bool) -> None:
        self._origins = origins
        self._credentials = credentials

    def preflight(self, request: web.Request) -> web.Response | None:
        """Answer a preflight, whatever the path; None for any other request."""
        method = request.headers.get("Access-Control-Request-Method")
        if not self._origins or request.method != "OPTIONS" or "Origin" not in request.headers:
            return None
        if method is None:
            return None
        response = web.Response(status=204)
        if self.headers(request):
            response.headers["Access-Control-Allow-Methods"] = method
            if wanted := request.headers.get("Access-Control-Request-Headers"):
                response.headers["Access-Control-Allow-Headers"] = wanted
        return response

    def headers(self, request: web.Request) -> dict[str, str]:
        """The headers that let the page read the answer; none for a foreign one."""
        origin = request.headers.get("Origin")
        any_origin = tuple(self._origins) == ("*",)
        if origin is None or not (any_origin or origin in self._origins):
            return {}
        headers = {"Access-Control-Allow-Origin": "*" if any_origin else origin}
        if self._credentials:
            headers["Access-Control-Allow-Credentials"] = "true"
        return headers if any_origin else headers | {"Vary": "Origin"}


async def _run(
    function: HttpFunction, request: web.Request, parameters: dict[str, str]
) -> web.Response:
    try:
        url = str(request.url)
        body = await request.read()
    except (BadHttpMessage, RequestPayloadError, ValueError):
        return web.Response(status=400)
    given = func.HttpRequest(
        method=request.method,
        url=url,
        # Azure's front end overwrites this one, whatever was sent.
        headers=_joined((name.lower(), value) for name, value in request.headers.items())
        | {"client-ip": request.remote or ""},
        params=_joined((name, value) for name, value in request.query.items() if value),
        route_params=parameters,
        # A chunked body is read too, as in Azure, whose front end buffers it; Core Tools loses it.
        body=body,
    )
    return _response(await function.run(given))


def _response(answer: func.HttpResponse) -> web.Response:
    headers = CIMultiDict(answer.headers.items())
    if "Content-Type" not in headers:
        charset = f"; charset={answer.charset}" if answer.mimetype.startswith("text/") else ""
        headers["Content-Type"] = answer.mimetype + charset
    return web.Response(status=answer.status_code, body=answer.get_body(), headers=headers)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A name that comes again is joined with a comma."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
