"""App Service authentication's header ``X-MS-CLIENT-PRINCIPAL``, read.

It is a credential only where the platform sets it and removes it from what callers send;
`EntraSettings` refuses to trust it anywhere else.
https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
"""

import base64
import binascii
import json
import re
from collections.abc import Collection

from acs_tokens.models.values import GUID
from acs_tokens.oidc.person import EntraUser
from acs_tokens.problems import UnauthorizedError

MAX_CHARACTERS = 16 * 1024
OBJECT_ID = ("oid", "http://schemas.microsoft.com/identity/claims/objectidentifier")
ROLE = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")
SCOPE = ("scp", "http://schemas.microsoft.com/identity/claims/scope")
CLIENT_ID = ("appid", "azp")  # only access tokens have it, of version 1 and 2
TENANT_ID = ("tid", "http://schemas.microsoft.com/identity/claims/tenantid")


def read_client_principal(
    header: str, tenant_ids: Collection[str]
) -> tuple[EntraUser, frozenset[str]]:
    """Return the user that the header names, and the user's roles.

    Args:
        header: Base64 of JSON, as App Service authentication writes it.
        tenant_ids: The tenants whose users may sign in, in lower case.

    Raises:
        UnauthorizedError: The header is malformed, or names no user of these tenants.
    """
    try:
        content = json.loads(base64.b64decode(header[:MAX_CHARACTERS], validate=True))
        claims = [(claim["typ"], claim["val"]) for claim in content["claims"]]
        provider = content["auth_typ"]
    except (binascii.Error, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnauthorizedError(log=f"App Service header: {type(error).__name__}.") from None
    user = EntraUser(tenant_id=_one(claims, TENANT_ID), object_id=_one(claims, OBJECT_ID))
    if _is_application(claims):
        raise UnauthorizedError(log="App Service header: not a user.")
    if provider != "aad" or user.tenant_id not in tenant_ids:
        raise UnauthorizedError(log="App Service header: another provider or tenant.")
    roles = {value for name, value in claims if name in ROLE and isinstance(value, str)}
    return user, frozenset(roles)


def _is_application(claims: list[tuple[object, object]]) -> bool:
    """Return whether the claims are those of an application's own token.

    Entra writes ``idtyp`` only where an application asks for it, but only a user's access token has
    a scope.
    """
    names = [name for name, _ in claims]
    lacks_scope = not any(name in SCOPE for name in names)
    return ("idtyp", "app") in claims or (lacks_scope and any(name in CLIENT_ID for name in names))


def _one(claims: list[tuple[object, object]], names: tuple[str, ...]) -> str:
    values = {value for name, value in claims if name in names and isinstance(value, str)}
    value = values.pop().lower() if len(values) == 1 else ""
    if not re.fullmatch(GUID, value):
        raise UnauthorizedError(log="App Service header: not exactly one user and one tenant.")
    return value
