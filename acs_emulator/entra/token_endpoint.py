"""The token endpoint: one function for each grant type.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
"""

import base64
import hashlib
import hmac
from collections.abc import Callable

from acs_emulator.entra.client_authentication import Client, require_credential
from acs_emulator.entra.errors import EntraError, invalid_grant, needs_interaction, unknown_user
from acs_emulator.entra.provider import Entra
from acs_emulator.entra.token_request import TokenRequest, TokenResponse
from acs_emulator.entra.users import PASSWORD, find_user
from acs_emulator.signing import Claims


def redeem(request: TokenRequest) -> TokenResponse:
    """Return the response to a request.

    Raises:
        EntraError: The request, the client's credential or the grant is not valid.
    """
    grant_type = request.required("grant_type")
    if grant_type not in GRANTS:
        raise EntraError(
            70003,
            "unsupported_grant_type",
            f"The app requested an unsupported grant type '{grant_type}'.",
        )
    return GRANTS[grant_type](request, request.client())


def authorization_code(request: TokenRequest, client: Client) -> TokenResponse:
    """Exchange a code of the sign-in page, with PKCE's verifier."""
    code, redirect_uri = request.required("code"), request.required("redirect_uri")
    verifier = request.required("code_verifier")
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
    scope = request.scope_or(grant.scope)
    return request.user_response(client, grant.user, scope, nonce=grant.nonce)


def client_credentials(request: TokenRequest, client: Client) -> TokenResponse:
    """Sign a client in as itself."""
    require_credential(client)
    scope = request.scope()
    if not scope.is_default:
        raise EntraError(
            1002012,
            "invalid_scope",
            f"The provided value for scope {scope.text} is not valid. Client credential flows must"
            " have a scope value with /.default suffixed to the resource identifier.",
        )
    if request.authority.app_tenant is None:
        raise EntraError(
            50059,
            "invalid_request",
            "No tenant-identifying information found in either the request or implied by any"
            " provided credentials.",
        )
    return request.app_response(client, scope, request.authority.app_tenant)


def password(request: TokenRequest, client: Client) -> TokenResponse:
    """Sign a user in with name and password."""
    name, sent = request.required("username"), request.required("password")
    user = request.authority.find_user(name)
    if user is None:
        raise unknown_user(name)
    if sent != PASSWORD:
        raise invalid_grant(
            50126, "Error validating credentials due to invalid username or password."
        )
    return request.user_response(client, user, request.scope())


def on_behalf_of(request: TokenRequest, client: Client) -> TokenResponse:
    """Exchange a user's token for this client for the user's token for another API."""
    require_credential(client)
    assertion = request.required("assertion")
    if request.required("requested_token_use") != "on_behalf_of":
        raise EntraError(70003, "invalid_request", "requested_token_use must be on_behalf_of.")
    claims = _read_assertion(request.entra, assertion, client)
    user = find_user(claims["oid"], claims["tid"])
    if user is None:
        raise unknown_user(claims["oid"])
    scope = request.scope()
    if user.needs_interaction:
        raise needs_interaction(scope.api.identifier)
    return request.user_response(client, user, scope)


def refresh_token(request: TokenRequest, client: Client) -> TokenResponse:
    """Exchange a refresh token for tokens and the next refresh token.

    For a user who needs interaction it fails, as a silent renewal under Conditional Access does.
    """
    grants, token = request.entra.grants, request.required("refresh_token")
    grant = grants.find_refresh_token(token, client.id)
    if grant.confidential:
        require_credential(client)
    scope = request.scope_or(grant.scope)
    if grant.user.needs_interaction:
        raise needs_interaction(scope.api.identifier)
    response = request.user_response(client, grant.user, scope)
    grants.remove_refresh_token(token)  # only now: a refused request leaves it valid
    return response


GRANTS: dict[str, Callable[[TokenRequest, Client], TokenResponse]] = {
    "authorization_code": authorization_code,
    "client_credentials": client_credentials,
    "password": password,
    "refresh_token": refresh_token,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": on_behalf_of,
}


def _read_assertion(entra: Entra, assertion: str, client: Client) -> Claims:
    claims = entra.keys.verify(assertion)
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
