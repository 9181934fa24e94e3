"""The description of the API for developers: /openapi.json, and Swagger UI at /docs."""

from functools import partial
from pathlib import Path

from aiohttp import web

PAGE = Path(__file__).parent / "docs_files"
LIBRARY = PAGE / "swagger-ui"
FILES = {
    "/docs": (PAGE / "index.html", "text/html; charset=utf-8"),
    "/docs/start.js": (PAGE / "start.js", "text/javascript; charset=utf-8"),
    "/docs/swagger-ui-bundle.js": (
        LIBRARY / "swagger-ui-bundle.js",
        "text/javascript; charset=utf-8",
    ),
    "/docs/swagger-ui.css": (LIBRARY / "swagger-ui.css", "text/css; charset=utf-8"),
}
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def docs_routes(app_folder: Path) -> list[web.RouteDef]:
    """Return the routes to add to the application.

    Args:
        app_folder: The folder with openapi.json.
    """
    files = {"/openapi.json": (app_folder / "openapi.json", "application/json"), **FILES}
    return [web.get(path, partial(_file, *file)) for path, file in files.items()]


async def _file(file: Path, content_type: str, request: web.Request) -> web.FileResponse:
    return web.FileResponse(file, headers=HEADERS | {"Content-Type": content_type})
