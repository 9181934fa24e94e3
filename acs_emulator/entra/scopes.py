"""The ``scope`` parameter: it names one API and some of its permissions.

https://learn.microsoft.com/entra/identity-platform/scopes-oidc
"""

import re
from dataclasses import dataclass

from acs_emulator.entra.errors import EntraError, missing
from acs_emulator.guid import GUID

OIDC = ("openid", "profile", "email", "offline_access")
OWN_API = re.compile(rf"(?:api://)?({GUID.pattern})", re.IGNORECASE)
OWN_API_PERMISSIONS = ("Acs.Token",)


@dataclass(frozen=True)
class Api:
    """An API that tokens are for.

    Attributes:
        identifier: The App ID URI: its name in scopes, and the audience of version 1 tokens.
        client_id: The audience of version 2 tokens; None for Microsoft's APIs, which take
            version 1 only.
        permissions: What ``.default`` stands for.
    """

    identifier: str
    client_id: str | None
    permissions: tuple[str, ...]


ACS_TEAMS = Api(
    "https://auth.msft.communication.azure.com", None, ("Teams.ManageCalls", "Teams.ManageChats")
)
ACS_CLIENTS = Api("https://communication.azure.com/clients", None, ("Chat", "VoIP"))
ACS_SERVER = Api("https://communication.azure.com/", None, ("user_impersonation",))
# A sign-in without an API gives a token for Graph. Nothing in the emulator accepts it.
GRAPH = Api("https://graph.microsoft.com", None, ("User.Read",))
MICROSOFT_APIS = {
    api.identifier.rstrip("/"): api for api in (ACS_TEAMS, ACS_CLIENTS, ACS_SERVER, GRAPH)
}


@dataclass(frozen=True)
class ScopeRequest:
    """What a ``scope`` parameter requests.

    Attributes:
        text: The parameter as it was sent.
        scopes: The scopes of the API, as they were sent.
        names: The permissions, without the name of the API and without ``.default``.
    """

    text: str
    api: Api
    scopes: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def id_token(self) -> bool:
        return "openid" in self.text.split()

    @property
    def refresh_token(self) -> bool:
        return "offline_access" in self.text.split()

    @property
    def is_default(self) -> bool:
        return all(scope.endswith("/.default") for scope in self.scopes) and bool(self.scopes)

    def granted(self) -> str:
        """Return the ``scope`` of the response: the request, and what ``.default`` stands for."""
        prefix = self.scopes[0].rpartition("/")[0] if self.scopes else ""
        permissions = [f"{prefix}/{name}" if prefix else name for name in self.names]
        oidc = [scope for scope in self.text.split() if scope in OIDC[:3]]
        return " ".join(dict.fromkeys([*permissions, *self.scopes, *oidc]))


def parse_scope(text: str) -> ScopeRequest:
    """Parse a ``scope`` parameter.

    Args:
        text: Scopes, separated by blanks.

    Raises:
        EntraError: It is empty, names an unknown API, or names several APIs.
    """
    if not text.split():
        raise missing("scope")
    scopes = tuple(dict.fromkeys(scope for scope in text.split() if scope not in OIDC))
    apis = {_find_api(scope.rpartition("/")[0]) for scope in scopes} or {GRAPH}
    if len(apis) > 1:
        raise EntraError(
            28000,
            "invalid_request",
            "Provided value for the input parameter scope is not valid because it contains more"
            " than one resource.",
        )
    api = apis.pop()
    names = [scope.rpartition("/")[2] for scope in scopes] or ["openid", "profile", "email"]
    permissions = [
        one for name in names for one in (api.permissions if name == ".default" else [name])
    ]
    return ScopeRequest(text, api, scopes, tuple(dict.fromkeys(permissions)))


def _find_api(identifier: str) -> Api:
    plain = identifier.rstrip("/").lower()  # SDKs write https://communication.azure.com//.default
    if own := OWN_API.fullmatch(plain):
        return Api(plain, own[1], OWN_API_PERMISSIONS)
    try:
        return MICROSOFT_APIS[plain or GRAPH.identifier]
    except KeyError:
        raise EntraError(
            500011,
            "invalid_resource",
            f"The resource principal named {identifier} was not found in the tenant.",
        ) from None
