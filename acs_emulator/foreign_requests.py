"""Refuses requests that a page of another site can make a developer's browser send.

A page can send requests to every loopback address. If its own host name resolves to 127.0.0.1
(DNS rebinding), the browser even lets it read the responses. The browser names the host in
``Host``, and the page in ``Origin`` or ``Sec-Fetch-Site``. Programs such as curl send neither of
the last two.
"""

import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Middleware

from acs_emulator.allowed_hosts import HOST_NAME
from acs_emulator.ports import MAX_PORT
from acs_emulator.server import Handler

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
AUTHORITY = re.compile(rf"({HOST_NAME.pattern})(?::([0-9]{{1,5}}))?")
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]{0,30}://[a-z0-9.:\[\]-]{1,300}")
NO_PAGE = ("none", "same-origin")  # of Sec-Fetch-Site: typed by a person; a page of this server
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pages:
    """Which pages of other origins may use a route. Pages of its own origin always may.

    Attributes:
        allow: Returns whether pages of an origin, such as ``http://localhost:3000``, may use it.
        advice: The second half of the 403's text. ``{origin}`` is replaced by the page's origin.
        by_navigation: Whether every page may lead the browser to the route, by a link for
            example. The page cannot read the response.
    """

    allow: Callable[[str], bool]
    advice: str
    by_navigation: bool = False

    def may_send(self, request: web.Request) -> bool:
        """Return whether a program, the user, or a page that may do so has sent a request."""
        if origins := request.headers.getall("Origin", []):
            origin = ", ".join(origins)
            is_own = origin.partition("://")[2] == request.host.lower()
            return is_own or self.allow(origin)
        if request.headers.get("Sec-Fetch-Site", "none") in NO_PAGE:
            return True
        is_navigation = request.headers.get("Sec-Fetch-Mode") == "navigate"
        return self.by_navigation and is_navigation and request.method == "GET"


def refuse_foreign_requests(
    allowed_hosts: Collection[str], pages_of: Callable[[web.Request], Pages]
) -> Middleware:
    """Return a middleware that refuses foreign requests with 421 or 403.

    Args:
        allowed_hosts: The host names to serve besides `LOOPBACK_HOSTS`, in lower case.
        pages_of: Returns which pages may send a request, by its route.
    """
    hosts = {*LOOPBACK_HOSTS, *allowed_hosts}

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        # They differ if the request line has a host as well, which browsers do not send.
        if not all(_is_one_of(hosts, name) for name in (request.headers.get("Host"), request.host)):
            return _refusal(
                421,
                f"The header Host must be one of {', '.join(sorted(hosts))}."
                " If you trust the host that it names, start with --allowed-host.",
            )
        pages = pages_of(request)
        return await handler(request) if pages.may_send(request) else _foreign_page(request, pages)

    return refuse


def _is_one_of(hosts: Collection[str], authority: str | None) -> bool:
    found = AUTHORITY.fullmatch((authority or "").lower())
    return found is not None and found[1] in hosts and int(found[2] or 0) <= MAX_PORT


def _foreign_page(request: web.Request, pages: Pages) -> web.Response:
    origin = request.headers.get("Origin", "")
    if ORIGIN.fullmatch(origin):
        sender = f"A page of {origin} sent this request."
    else:
        sender, origin = "A link, form or image of another site sent this request.", "<its origin>"
    return _refusal(403, f"{sender} {pages.advice.format(origin=origin)}")


def _refusal(status: int, text: str) -> web.Response:
    # A browser shows the developer no body of a response that the page may not read.
    log.warning("Refused with %d: %s", status, text)
    return web.Response(status=status, text=f"{text}\n", headers=HEADERS)
