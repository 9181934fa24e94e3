"""What every operation of ACS has in common: its request, its response and its api-versions."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from acs_emulator.acs.entra_tokens import EntraTokens
from acs_emulator.acs.errors import not_json, required, unspecified_version, unsupported_version
from acs_emulator.acs.resource import Resource

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

Response = tuple[int, dict[str, Any] | None]
"""Status and JSON body; None for no body."""


@dataclass(frozen=True)
class Request:
    """An authenticated request.

    Attributes:
        path: The variables of the path, decoded: ``id``, ``tenantId``, ``objectId``.
        content: The body as it was sent.
        bearer: The token of the ``Authorization`` header; empty if it has no bearer token.
        key: The name of the access key that signed the request; None if none did.
    """

    path: dict[str, str]
    version: str
    content: bytes
    bearer: str
    key: str | None

    def body(self) -> dict[str, Any]:
        """Return the fields of the body; no fields if there is no body.

        Raises:
            AcsError: The body is not a JSON object.
        """
        try:
            fields = json.loads(self.content or b"{}")
        except (ValueError, RecursionError):
            raise not_json() from None
        if not isinstance(fields, dict):
            raise not_json()
        return fields

    def text(self, field: str) -> str:
        """Return a required field of the body.

        Raises:
            AcsError: It is missing, null, empty or not a string.
        """
        value = self.body().get(field)
        if not isinstance(value, str) or not value:
            raise required(field[:1].upper() + field[1:])
        return value


@dataclass(frozen=True)
class Service:
    """What the operations read and change."""

    resource: Resource
    entra: EntraTokens


@dataclass(frozen=True)
class Operation:
    """One operation: its method and path, the api-versions that have it, and its function.

    Attributes:
        by_user: Whether an Entra user sends the request. Then the operation itself checks the
            bearer token, and no access key is needed.
    """

    method: str
    path: str
    versions: tuple[str, ...]
    run: Callable[[Service, Request], Response]
    by_user: bool = False

    def check_version(self, version: str | None, uri: str) -> str:
        """Return the api-version if this operation exists in it.

        Args:
            version: The api-version of the request; None if it has none.
            uri: The address of the request, for the error message.

        Raises:
            AcsError: The version is missing, or does not have this operation.
        """
        if not version:
            raise unspecified_version()
        if version not in self.versions:
            raise unsupported_version(uri, version)
        return version
