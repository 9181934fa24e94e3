"""Reads host.json and local.settings.json as Core Tools does.

https://learn.microsoft.com/azure/azure-functions/functions-develop-local#local-settings-file
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acs_emulator.ports import MAX_PORT

PORT = 7071


class StartupError(Exception):
    """The host cannot start. The message says why, and what to do."""


@dataclass(frozen=True)
class LocalSettings:
    """The content of local.settings.json.

    Attributes:
        path: The file that was read: the example if there is no local.settings.json.
        values: The app's environment variables.
        cors: The allowed origins; ``*`` alone allows any origin.
        cors_credentials: Whether pages may send cookies.
    """

    path: Path
    values: dict[str, str]
    port: int
    cors: tuple[str, ...]
    cors_credentials: bool

    @property
    def is_example(self) -> bool:
        return self.path.suffix == ".example"


@dataclass(frozen=True)
class HostSettings:
    """The HTTP settings of host.json.

    Attributes:
        route_prefix: Without slashes around it.
        custom_headers: Headers for every response that has not set them itself.
    """

    route_prefix: str
    custom_headers: dict[str, str]


def read_local_settings(folder: Path) -> LocalSettings:
    """Read local.settings.json of the current folder, or the example if there is none.

    Args:
        folder: The folder with the example.

    Raises:
        StartupError: The file is missing or not valid.
    """
    path = Path.cwd() / "local.settings.json"  # as `func start`
    return read_settings_file(path if path.is_file() else folder / "local.settings.json.example")


def read_settings_file(path: Path) -> LocalSettings:
    """Read a file of local settings.

    Raises:
        StartupError: The file is missing or not valid.
    """
    content = _read_object(path)
    if content.get("IsEncrypted", True):  # Core Tools takes a missing value for true
        raise StartupError(
            f'{path.name} must say "IsEncrypted": false.'
            " A copy of local.settings.json.example is a good start."
        )
    values, host = content.get("Values", {}), content.get("Host", {})
    if not isinstance(values, dict) or not isinstance(host, dict):
        raise StartupError(f"{path.name}: Values and Host must be objects.")
    for name, value in values.items():
        if not isinstance(value, str) or "\0" in value:
            raise StartupError(f"{path.name}: the value of {name} must be a string.")
    origins = tuple(
        filter(None, str(host.get("CORS") or "").split(","))
    )  # Core Tools does not trim them
    credentials = bool(host.get("CORSCredentials", False))
    if origins == ("*",) and credentials:
        raise StartupError(f"{path.name}: CORSCredentials cannot go with CORS '*'.")
    port = host.get("LocalHttpPort", PORT)
    if type(port) is not int or not 1 <= port <= MAX_PORT:
        raise StartupError(f"{path.name}: LocalHttpPort must be a number from 1 to {MAX_PORT}.")
    return LocalSettings(path, values, port, origins, credentials)


def read_host_settings(folder: Path) -> HostSettings:
    """Read host.json.

    Raises:
        StartupError: The file is missing or not valid.
    """
    content = _read_object(folder / "host.json")
    if content.get("version") != "2.0":
        raise StartupError('host.json must say "version": "2.0".')
    http = content.get("extensions", {}).get("http", {})
    return HostSettings(http.get("routePrefix", "api").strip("/"), http.get("customHeaders", {}))


def _read_object(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise StartupError(f"{path.name} is missing.") from None
    except ValueError as error:
        raise StartupError(f"{path.name} is not valid JSON: {error}.") from None
    if not isinstance(content, dict):
        raise StartupError(f"{path.name} must be a JSON object.")
    return content
