"""Issues access tokens and ID tokens of users and clients that signed in.

https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

import base64
import hashlib
import json
import secrets

from acs_emulator.entra.client_authentication import Client
from acs_emulator.entra.provider import Entra
from acs_emulator.entra.scopes import Api, ScopeRequest
from acs_emulator.entra.users import Tenant, User
from acs_emulator.signing import Claims


def issuer(base: str, tenant_id: str, version: int) -> str:
    """Return the issuer, which begins with the address that the request was sent to."""
    return f"{base}/{tenant_id}/v2.0" if version == 2 else f"{base}/{tenant_id}/"


def user_token(entra: Entra, base: str, scope: ScopeRequest, client: Client, user: User) -> str:
    """Issue an access token for an API that a client uses for a user."""
    version = _version(entra, scope.api)
    claims = _claims(entra, base, scope.api, client, user.tenant)
    claims |= {"name": user.display_name, "oid": user.object_id}
    if version == 2:
        claims |= {"preferred_username": user.principal_name}
    else:
        claims |= {"unique_name": user.principal_name, "upn": user.principal_name}
    subject = _pairwise(user.object_id, scope.api.client_id or scope.api.identifier)
    return entra.keys.sign(claims | {"scp": " ".join(scope.names), "sub": subject})


def app_token(entra: Entra, base: str, scope: ScopeRequest, client: Client, tenant: Tenant) -> str:
    """Issue an access token for an API that a client uses as itself."""
    object_id = tenant.app_object_id(client.id)
    claims = _claims(entra, base, scope.api, client, tenant)
    claims |= {"idtyp": "app", "oid": object_id, "sub": object_id}
    if scope.api.client_id:
        claims |= {"roles": list(scope.api.permissions)}
    return entra.keys.sign(claims)


def id_token(entra: Entra, base: str, client_id: str, user: User, nonce: str | None) -> str:
    """Issue an ID token. It is always of version 2.

    Args:
        nonce: The client's value that goes into the token; None if it sent none.
    """
    claims: Claims = {
        "aud": client_id,
        "iss": issuer(base, user.tenant.id, 2),
        **entra.validity(entra.token_seconds),
        "name": user.display_name,
        "oid": user.object_id,
        "preferred_username": user.principal_name,
        "sub": _pairwise(user.object_id, client_id),
        "tid": user.tenant.id,
        "uti": secrets.token_urlsafe(16),
        "ver": "2.0",
    }
    return entra.keys.sign(claims | ({"nonce": nonce} if nonce else {}))


def client_info(user: User) -> str:
    """Return the user's ids in the form that MSAL reads for its cache."""
    fields = {"uid": user.object_id, "utid": user.tenant.id}
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode()


def _version(entra: Entra, api: Api) -> int:
    return entra.api_version if api.client_id else 1


def _claims(entra: Entra, base: str, api: Api, client: Client, tenant: Tenant) -> Claims:
    version = _version(entra, api)
    client_claim, method_claim = ("azp", "azpacr") if version == 2 else ("appid", "appidacr")
    return {
        "aud": api.client_id if version == 2 else api.identifier,
        "iss": issuer(base, tenant.id, version),
        **entra.validity(entra.token_seconds),
        client_claim: client.id,
        method_claim: client.method,
        "tid": tenant.id,
        "uti": secrets.token_urlsafe(16),
        "ver": f"{version}.0",
    }


def _pairwise(object_id: str, audience: str) -> str:
    """Return a subject that differs for each application, so that they cannot compare users."""
    digest = hashlib.sha256(f"{object_id} {audience}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
