"""How the rows in Python are served: by aiohttp, with nothing around it."""

import argparse
from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.Response]]


def serve(handler: Handler) -> None:
    """Serve page loads until killed; the port is in the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    app = web.Application()
    app.router.add_post("/api/users/token", handler)
    web.run_app(app, host="127.0.0.1", port=parser.parse_args().port, access_log=None, backlog=1024)


def page(text: str) -> web.Response:
    """A token for a page."""
    return web.Response(text=text, status=201, content_type="application/json")
