"""The claims of access and ID tokens.

https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass

from acs_emulator.entra.provider import Entra
from acs_emulator.entra.scopes import Api, Asked
from acs_emulator.entra.users import Tenant, User
from acs_emulator.tokens import Claims

TOKEN_SECONDS = 3600  # Entra takes 60 to 90 minutes, at random


@dataclass(frozen=True)
class Client:
    """A client, and how it proved itself: "0" not at all, "1" by secret, "2" by assertion."""

    id: str
    strength: str


def issuer(base: str, tenant_id: str, version: int) -> str:
    """The issuer at the address where it was asked."""
    return f"{base}/{tenant_id}/v2.0" if version == 2 else f"{base}/{tenant_id}/"


def user_token(entra: Entra, base: str, asked: Asked, client: Client, user: User) -> str:
    """An access token for an API that a client calls for a user."""
    version = _version(entra, asked.api)
    claims = _claims(entra, base, asked.api, client, user.tenant)
    claims |= {"name": user.display_name, "oid": user.object_id}
    if version == 2:
        claims |= {"preferred_username": user.principal_name}
    else:
        claims |= {"unique_name": user.principal_name, "upn": user.principal_name}
    subject = _pairwise(user.object_id, asked.api.client_id or asked.api.identifier)
    return entra.keys.sign(claims | {"scp": " ".join(asked.names), "sub": subject})


def app_token(entra: Entra, base: str, asked: Asked, client: Client, tenant: Tenant) -> str:
    """An access token for an API that a client calls as itself."""
    object_id = tenant.app_object_id(client.id)
    claims = _claims(entra, base, asked.api, client, tenant)
    claims |= {"idtyp": "app", "oid": object_id, "sub": object_id}
    if asked.api.client_id:
        claims |= {"roles": list(asked.api.permissions)}
    return entra.keys.sign(claims)


def id_token(entra: Entra, base: str, client_id: str, user: User, nonce: str | None) -> str:
    """An ID token, always v2."""
    claims: Claims = {
        "aud": client_id,
        "iss": issuer(base, user.tenant.id, 2),
        **entra.times(TOKEN_SECONDS),
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
    """Who signed in, as MSAL wants to know it for its cache."""
    members = {"uid": user.object_id, "utid": user.tenant.id}
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


def _version(entra: Entra, api: Api) -> int:
    return entra.api_version if api.client_id else 1


def _claims(entra: Entra, base: str, api: Api, client: Client, tenant: Tenant) -> Claims:
    version = _version(entra, api)
    who, how = ("azp", "azpacr") if version == 2 else ("appid", "appidacr")
    return {
        "aud": api.client_id if version == 2 else api.identifier,
        "iss": issuer(base, tenant.id, version),
        **entra.times(TOKEN_SECONDS),
        who: client.id,
        how: client.strength,
        "tid": tenant.id,
        "uti": secrets.token_urlsafe(16),
        "ver": f"{version}.0",
    }


def _pairwise(object_id: str, audience: str) -> str:
    """A subject that another application cannot compare with its own."""
    digest = hashlib.sha256(f"{object_id} {audience}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
