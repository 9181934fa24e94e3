"""CORS of local.settings.json: which pages may use the functions."""

from collections.abc import Sequence

from aiohttp import web

# How long a browser may go without another preflight, in seconds: Chromium's longest.
PREFLIGHT_SECONDS = 7200


class Cors:
    """Which pages of other origins may use the functions, and the CORS headers that tell a browser.

    Args:
        origins: The allowed origins; ``*`` alone allows any origin.
        credentials: Whether pages may send cookies.
    """

    def __init__(self, origins: Sequence[str], *, credentials: bool) -> None:
        self._origins = origins
        self._is_any = tuple(origins) == ("*",)
        self._credentials = credentials

    def allow(self, origin: str) -> bool:
        """Return whether the pages of an origin may use the functions."""
        return self._is_any or origin in self._origins

    def preflight(self, request: web.Request) -> web.Response | None:
        """Return the response to a preflight on any path; None for any other request."""
        method = request.headers.get("Access-Control-Request-Method")
        if not self._origins or request.method != "OPTIONS" or "Origin" not in request.headers:
            return None
        if method is None:
            return None
        response = web.Response(status=204)
        if self.headers(request):
            response.headers["Access-Control-Allow-Methods"] = method
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
            if names := request.headers.get("Access-Control-Request-Headers"):
                response.headers["Access-Control-Allow-Headers"] = names
        return response

    def headers(self, request: web.Request) -> dict[str, str]:
        """Return the headers that let a page read the response; none for an unknown origin."""
        origin = request.headers.get("Origin")
        if origin is None or not self.allow(origin):
            return {}
        headers = {"Access-Control-Allow-Origin": "*" if self._is_any else origin}
        if self._credentials:
            headers["Access-Control-Allow-Credentials"] = "true"
        return headers if self._is_any else headers | {"Vary": "Origin"}
