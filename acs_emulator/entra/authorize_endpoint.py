"""The authorize endpoint: shows the sign-in page and issues authorization codes.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from acs_emulator.entra import sign_in_pages
from acs_emulator.entra.client_authentication import client_id
from acs_emulator.entra.errors import EntraError, missing, needs_interaction
from acs_emulator.entra.grants import CodeGrant
from acs_emulator.entra.provider import Entra
from acs_emulator.entra.scopes import parse_scope
from acs_emulator.entra.users import Authority, User

# Loopback addresses only, without characters that have a meaning in a header or in HTML.
LOOPBACK = r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?"
REDIRECT_URI = re.compile(LOOPBACK + r"(?:[/?][!$-;=?-\[\]-~]*)?")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
RESPONSE_MODES = ("query", "fragment", "form_post")


@dataclass(frozen=True)
class RedirectTarget:
    """Where the response goes, and in which form.

    Attributes:
        mode: One of `RESPONSE_MODES`.
        state: The client's own value, which goes back unchanged; None if it sent none.
    """

    redirect_uri: str
    mode: str
    state: str | None

    def respond(self, fields: dict[str, str]) -> web.Response:
        """Return the response that takes the browser back to the client with some fields."""
        fields |= {"state": self.state} if self.state is not None else {}
        if self.mode == "form_post":
            return sign_in_pages.form_post(self.redirect_uri, fields)
        separator = "#" if self.mode == "fragment" else "&" if "?" in self.redirect_uri else "?"
        location = f"{self.redirect_uri}{separator}{urlencode(fields)}"
        headers = {"Location": location, "Cache-Control": "no-store"}
        return web.Response(status=302, headers=headers)


def authorize(entra: Entra, authority: Authority, query: Mapping[str, str]) -> web.Response:
    """Respond to a request for a code: with the sign-in page, or with a redirect.

    Args:
        query: The parameters of the request.

    Returns:
        The sign-in page, or a redirect to the client with a code or an error.

    Raises:
        EntraError: The client or the redirect URI is not valid, so nothing may be sent there.
    """
    client = client_id(query)
    target = _redirect_target(query)
    try:
        _check(query)
        user = _select_user(authority, query)
    except EntraError as error:
        return target.respond(_error_fields(error))
    if user is None:
        return sign_in_pages.user_list(authority.users, client, query)
    grant = CodeGrant(
        user=user,
        client_id=client,
        redirect_uri=target.redirect_uri,
        scope=query["scope"],
        challenge=query["code_challenge"],
        nonce=query.get("nonce"),
    )
    return target.respond({"code": entra.grants.new_code(grant)})


def _error_fields(error: EntraError) -> dict[str, str]:
    fields = {
        "error": error.error,
        "error_description": error.description,
        "suberror": error.suberror,
        "claims": error.claims,
    }
    return {name: value for name, value in fields.items() if value}


def _redirect_target(query: Mapping[str, str]) -> RedirectTarget:
    redirect_uri = query.get("redirect_uri", "")
    if not redirect_uri:
        raise missing("redirect_uri")
    if not REDIRECT_URI.fullmatch(redirect_uri):
        raise EntraError(
            50011,
            "invalid_request",
            f"The redirect URI '{redirect_uri}' specified in the request does not match the"
            " redirect URIs configured for the application: the emulator takes loopback only.",
        )
    mode = query.get("response_mode", "query")
    if mode not in RESPONSE_MODES:
        raise EntraError(70007, "invalid_request", f"'{mode}' is not a supported response_mode.")
    return RedirectTarget(redirect_uri, mode, query.get("state"))


def _check(query: Mapping[str, str]) -> None:
    response_type = query.get("response_type", "")
    if not response_type:
        raise missing("response_type")
    if response_type != "code":
        raise EntraError(
            70005,
            "unsupported_response_type",
            f"The app returned an unsupported response type '{response_type}': only code is"
            " supported.",
        )
    if query.get("code_challenge_method") != "S256" or "code_challenge" not in query:
        raise EntraError(
            9002325,
            "invalid_request",
            "Proof Key for Code Exchange is required: code_challenge, with the method S256.",
        )
    if not CHALLENGE.fullmatch(query["code_challenge"]):
        raise EntraError(501491, "invalid_request", "Invalid size of Code_Challenge parameter.")
    parse_scope(query.get("scope", ""))


def _select_user(authority: Authority, query: Mapping[str, str]) -> User | None:
    """Return the user that ``login_hint`` names; None to show the page. There are no sessions."""
    user = authority.find_user(query.get("login_hint", ""))
    prompt = query.get("prompt", "")
    if prompt == "none" and user is None:
        raise EntraError(
            50058,
            "login_required",
            "A silent sign-in request was sent but no user is signed in.",
        )
    if prompt == "none" and user and user.needs_interaction:
        raise needs_interaction(query["client_id"])
    return None if prompt in ("login", "select_account", "consent", "create") else user
