"""One operation of ACS: what it is given, and in which api-versions it exists."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from acs_emulator.acs.errors import not_json, required, unspecified_version, unsupported_version
from acs_emulator.acs.resource import Resource
from acs_emulator.entra.provider import Entra

VERSIONS = (
    "2021-03-07",
    "2021-10-31-preview",
    "2022-06-01",
    "2022-10-01",
    "2023-10-01",
    "2025-03-02-preview",
    "2025-06-30",
    "2026-09-23",
)
TEAMS_VERSIONS = VERSIONS[1:]
PREVIEW_2025 = ("2025-03-02-preview",)
TEAMS_EXTENSION_VERSIONS = VERSIONS[5:]

Answer = tuple[int, dict[str, Any] | None]


@dataclass(frozen=True)
class Call:
    """A request that was let in.

    Attributes:
        path: The variables of the path, decoded: ``id``, ``tenantId``, ``objectId``.
        bearer: The token of the Authorization header, empty when it is not of that kind.
        key: The name of the access key that signed it; None when none did.
    """

    path: dict[str, str]
    version: str
    content: bytes
    bearer: str
    key: str | None

    def body(self) -> dict[str, Any]:
        """The members of the body; none when there is no body.

        Raises:
            AcsError: It is not a JSON object.
        """
        try:
            members = json.loads(self.content or b"{}")
        except (ValueError, RecursionError):
            raise not_json() from None
        if not isinstance(members, dict):
            raise not_json()
        return members

    def text(self, member: str) -> str:
        """A member that must be there.

        Raises:
            AcsError: It is missing, null, empty or no string.
        """
        value = self.body().get(member)
        if not isinstance(value, str) or not value:
            raise required(member[:1].upper() + member[1:])
        return value


@dataclass(frozen=True)
class Service:
    """What operations act on."""

    resource: Resource
    entra: Entra


@dataclass(frozen=True)
class Operation:
    """A method and path, the versions that have it, and what it does.

    Attributes:
        signed_by_user: The proof is the user's own bearer token, which the operation checks.
    """

    method: str
    path: str
    versions: tuple[str, ...]
    run: Callable[[Service, Call], Answer]
    signed_by_user: bool = False

    def check_version(self, version: str | None, uri: str) -> str:
        """Return the api-version if this operation exists in it.

        Raises:
            AcsError: It is missing, or does not.
        """
        if not version:
            raise unspecified_version()
        if version not in self.versions:
            raise unsupported_version(uri, version)
        return version
