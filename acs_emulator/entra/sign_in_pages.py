"""The HTML pages of the sign-in. Everything in them is escaped."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from acs_emulator.entra.errors import EntraError
from acs_emulator.entra.users import User

SUBMIT = "document.forms[0].submit()"
_SUBMIT_HASH = base64.b64encode(hashlib.sha256(SUBMIT.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'sha256-{_SUBMIT_HASH}'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def user_list(users: Iterable[User], client_id: str, query: Mapping[str, str]) -> web.Response:
    """Return the page on which a person clicks on one of the users.

    Each link repeats the request with ``login_hint`` and without ``prompt``.

    Args:
        query: The parameters of the request.
    """
    kept = {name: value for name, value in query.items() if name != "prompt"}
    links = "\n".join(
        f'<li><a href="?{escape(urlencode(kept | {"login_hint": user.principal_name}))}">'
        f"{escape(user.display_name)}</a> {escape(user.principal_name)}</li>"
        for user in users
    )
    return _page(
        "Sign in to the emulator",
        f"<p>Application <code>{escape(client_id)}</code> goes on at"
        f" <code>{escape(query['redirect_uri'])}</code> as:</p>\n<ul>\n{links}\n</ul>\n"
        "<p>These users are made up. They need no password here.</p>",
    )


def form_post(redirect_uri: str, fields: Mapping[str, str]) -> web.Response:
    """Return a page that posts fields to a client: by itself, or at a click without scripts."""
    inputs = "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    return _page(
        "Working",
        f'<form method="post" action="{escape(redirect_uri)}">\n{inputs}\n'
        f"<button>Continue</button>\n</form>\n<script>{SUBMIT}</script>",
    )


def error_page(error: EntraError) -> web.Response:
    """Return a page with an error that must not go to the client."""
    return _page("Sorry, that did not work", f"<p>{escape(error.description)}</p>", error.status)


def _page(title: str, body: str, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        text=f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<h1>{escape(title)}</h1>\n{body}\n</html>\n",
        content_type="text/html",
        headers=HEADERS,
    )
