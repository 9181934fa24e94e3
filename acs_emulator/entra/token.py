"""The token endpoint: what a client gives, and the tokens it gets for it.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
"""

import base64
import hashlib
import hmac
from collections.abc import Callable

from acs_emulator.entra.clients import require_proof
from acs_emulator.entra.errors import EntraError, invalid_grant, needs_interaction, unknown_user
from acs_emulator.entra.provider import Entra
from acs_emulator.entra.request import Answer, TokenRequest
from acs_emulator.entra.tokens import Client
from acs_emulator.entra.users import PASSWORD, find_user
from acs_emulator.tokens import Claims


def redeem(request: TokenRequest) -> Answer:
    """Answer a request.

    Raises:
        EntraError: It is not as it should be.
    """
    grant_type = request.need("grant_type")
    if grant_type not in GRANTS:
        raise EntraError(
            70003,
            "unsupported_grant_type",
            f"The app requested an unsupported grant type '{grant_type}'.",
        )
    return GRANTS[grant_type](request, request.client())


def authorization_code(request: TokenRequest, client: Client) -> Answer:
    """A code of the sign-in page, with PKCE's verifier."""
    code, redirect_uri = request.need("code"), request.need("redirect_uri")
    verifier = request.need("code_verifier")
    grant = request.entra.grants.take_code(code)
    if grant.client_id != client.id:
        raise invalid_grant(70000, "The provided authorization code was issued to another client.")
    if grant.redirect_uri != redirect_uri:
        raise invalid_grant(
            500112,
            "The reply address does not match the reply address provided when requesting"
            " Authorization code.",
        )
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=")
    if not hmac.compare_digest(challenge, grant.challenge.encode()):
        raise invalid_grant(
            501481,
            "The Code_Verifier does not match the code_challenge supplied in the authorization"
            " request.",
        )
    asked = request.asked_or(grant.scope)
    return request.for_user(client, grant.user, asked, nonce=grant.nonce)


def client_credentials(request: TokenRequest, client: Client) -> Answer:
    """A client as itself."""
    require_proof(client)
    asked = request.asked()
    if not asked.is_default:
        raise EntraError(
            1002012,
            "invalid_scope",
            f"The provided value for scope {asked.text} is not valid. Client credential flows must"
            " have a scope value with /.default suffixed to the resource identifier.",
        )
    if request.realm.apps is None:
        raise EntraError(
            50059,
            "invalid_request",
            "No tenant-identifying information found in either the request or implied by any"
            " provided credentials.",
        )
    return request.for_app(client, asked, request.realm.apps)


def password(request: TokenRequest, client: Client) -> Answer:
    """A user's name and password."""
    name, given = request.need("username"), request.need("password")
    user = request.realm.find_user(name)
    if user is None:
        raise unknown_user(name)
    if given != PASSWORD:
        raise invalid_grant(
            50126, "Error validating credentials due to invalid username or password."
        )
    return request.for_user(client, user, request.asked())


def on_behalf_of(request: TokenRequest, client: Client) -> Answer:
    """A user's access token for the client, for one that the client uses on the user's behalf."""
    require_proof(client)
    assertion = request.need("assertion")
    if request.need("requested_token_use") != "on_behalf_of":
        raise EntraError(70003, "invalid_request", "requested_token_use must be on_behalf_of.")
    claims = _read_assertion(request.entra, assertion, client)
    user = find_user(claims["oid"], claims["tid"])
    if user is None:
        raise unknown_user(claims["oid"])
    asked = request.asked()
    if user.needs_interaction:
        raise needs_interaction(asked.api.identifier)
    return request.for_user(client, user, asked)


def refresh_token(request: TokenRequest, client: Client) -> Answer:
    """A refresh token, for tokens and the refresh token that comes next."""
    grants, token = request.entra.grants, request.need("refresh_token")
    grant = grants.find_refresh_token(token, client.id)
    if grant.confidential:
        require_proof(client)
    answer = request.for_user(client, grant.user, request.asked_or(grant.scope))
    grants.drop_refresh_token(token)
    return answer


GRANTS: dict[str, Callable[[TokenRequest, Client], Answer]] = {
    "authorization_code": authorization_code,
    "client_credentials": client_credentials,
    "password": password,
    "refresh_token": refresh_token,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": on_behalf_of,
}


def _read_assertion(entra: Entra, assertion: str, client: Client) -> Claims:
    claims = entra.keys.read(assertion)
    if claims is None:
        raise invalid_grant(50013, "Assertion failed signature validation.")
    if claims["aud"] not in (client.id, f"api://{client.id}"):
        raise invalid_grant(
            500131, "Assertion audience does not match the Client app presenting the assertion."
        )
    if claims["exp"] <= entra.clock():
        raise invalid_grant(500133, "Assertion is not within its valid time range.")
    if not claims.get("scp") or claims.get("idtyp") == "app":
        raise invalid_grant(
            7000114,
            f"Application '{client.id}' is not allowed to make application on-behalf-of calls.",
        )
    return claims
