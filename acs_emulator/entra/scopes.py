"""What a scope asks for: tokens for one API, with some of its permissions.

https://learn.microsoft.com/entra/identity-platform/scopes-oidc
"""

import re
from dataclasses import dataclass

from acs_emulator.acs.assignments import CLIENTS_AUDIENCE
from acs_emulator.acs.identities import GUID
from acs_emulator.entra.errors import EntraError, missing
from acs_emulator.entra.provider import SERVER_AUDIENCES, TEAMS_AUDIENCE, TEAMS_SCOPES

OIDC = ("openid", "profile", "email", "offline_access")
OWN_API = re.compile(rf"(?:api://)?({GUID.pattern})", re.IGNORECASE)
GRAPH = "https://graph.microsoft.com"


@dataclass(frozen=True)
class Api:
    """What tokens are for.

    Attributes:
        identifier: The App ID URI, or whatever else scopes and v1 tokens name it with.
        client_id: What v2 tokens name it with; None for Microsoft's APIs, which take v1.
        permissions: What ``.default`` stands for.
    """

    identifier: str
    client_id: str | None
    permissions: tuple[str, ...]


MICROSOFTS = {
    TEAMS_AUDIENCE: Api(TEAMS_AUDIENCE, None, tuple(TEAMS_SCOPES.split())),
    SERVER_AUDIENCES[0]: Api(SERVER_AUDIENCES[1], None, ("user_impersonation",)),
    CLIENTS_AUDIENCE: Api(CLIENTS_AUDIENCE, None, ("Chat", "VoIP")),
    # Signing in alone gives a token for Graph. Nobody here takes it.
    GRAPH: Api(GRAPH, None, ("User.Read",)),
}


@dataclass(frozen=True)
class Asked:
    """What a ``scope`` parameter asks for.

    Attributes:
        text: As it was sent.
        scopes: Those of the API, as they were sent.
        names: The permissions, without the API.
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
        """The answer's ``scope``: what was asked for, and what ``.default`` turned out to be."""
        prefix = self.scopes[0].rpartition("/")[0] if self.scopes else ""
        resolved = [f"{prefix}/{name}" if prefix else name for name in self.names]
        signed_in = [scope for scope in self.text.split() if scope in OIDC[:3]]
        return " ".join(dict.fromkeys([*resolved, *self.scopes, *signed_in]))


def parse_scope(text: str) -> Asked:
    """Read a ``scope`` parameter.

    Raises:
        EntraError: It is empty, of an API we have not, or of several.
    """
    if not text.split():
        raise missing("scope")
    scopes = tuple(dict.fromkeys(scope for scope in text.split() if scope not in OIDC))
    apis = {_find_api(scope.rpartition("/")[0]) for scope in scopes} or {MICROSOFTS[GRAPH]}
    if len(apis) > 1:
        raise EntraError(
            28000,
            "invalid_request",
            "Provided value for the input parameter scope is not valid because it contains more"
            " than one resource.",
        )
    api = apis.pop()
    names = [scope.rpartition("/")[2] for scope in scopes] or ["openid", "profile", "email"]
    resolved = [
        one for name in names for one in (api.permissions if name == ".default" else [name])
    ]
    return Asked(text, api, scopes, tuple(dict.fromkeys(resolved)))


def _find_api(identifier: str) -> Api:
    plain = identifier.rstrip("/").lower()  # SDKs write https://communication.azure.com//.default
    if own := OWN_API.fullmatch(plain):
        return Api(plain, own[1], ("Acs.Token",))
    try:
        return MICROSOFTS[plain or GRAPH]
    except KeyError:
        raise EntraError(
            500011,
            "invalid_resource",
            f"The resource principal named {identifier} was not found in the tenant.",
        ) from None
