"""Where the identity store is: by default in the function app's own storage account."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr

from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.keys import decode_base64

OWN = ("IDENTITY_TABLE_CONNECTION_STRING", "IDENTITY_TABLE_ENDPOINT", "IDENTITY_SQLITE")
HOST = "AzureWebJobsStorage"
HOST_ENDPOINT = "AzureWebJobsStorage__tableServiceUri"
HOST_ACCOUNT = "AzureWebJobsStorage__accountName"
PREFIX = "IDENTITY_TABLE_PREFIX"
# What "UseDevelopmentStorage=true" stands for, which the SDK for tables does not know. The key is
# public.
AZURITE = (
    "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"
    "/K1SZFPTOtr/KBHBeksoGMGw==;TableEndpoint=http://127.0.0.1:10002/devstoreaccount1"
)
DOMAIN = r"core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)"
ENDPOINT = re.compile(rf"https://[a-z0-9]{{3,24}}\.table\.{DOMAIN}/?")


class IdentityStoreSettings(BaseModel):
    """The place of the identity store: exactly one of the first three is set.

    Attributes:
        connection_string: A storage account's.
        endpoint: The URL of a storage account's tables, ``https://…``; Entra authenticates us.
        sqlite: The path of a file, for one machine.
        prefix: The beginning of the tables' names: 1 to 50 letters and digits.
        is_hosts: Whether it is the function app's own account, because no other place is set.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    connection_string: SecretStr | None = None
    endpoint: str | None = None
    sqlite: Path | None = None
    prefix: str
    is_hosts: bool = False

    @classmethod
    def from_environ(cls, environ: Environ) -> "IdentityStoreSettings | None":
        """Read the settings; None when no place is set.

        Raises:
            MisconfiguredError: It is malformed, or is for a developer's machine and this is not
                one.
        """
        prefix = environ.text(PREFIX) or "acs"
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,49}", prefix):
            raise MisconfiguredError(PREFIX, "must be 1 to 50 letters and digits, a letter first.")
        name, value = environ.one_of(OWN)
        if name == "IDENTITY_SQLITE" and value:
            environ.require_development(
                name, "is for one machine only; instances in Azure share no disk. Use a table."
            )
            return cls(sqlite=Path(value), prefix=prefix)
        if name == "IDENTITY_TABLE_ENDPOINT" and value:
            return cls(endpoint=_endpoint(name, value), prefix=prefix)
        if value:
            return cls(connection_string=_string(name, value, environ), prefix=prefix)
        if value := environ.text(HOST):
            string = _string(HOST, value, environ)
            return cls(connection_string=string, prefix=prefix, is_hosts=True)
        return _of_host(environ, prefix)


def _of_host(environ: Environ, prefix: str) -> IdentityStoreSettings | None:
    """Return the function app's own account, when it is named without a key."""
    if endpoint := environ.text(HOST_ENDPOINT):
        return IdentityStoreSettings(
            endpoint=_endpoint(HOST_ENDPOINT, endpoint), prefix=prefix, is_hosts=True
        )
    if account := environ.text(HOST_ACCOUNT):
        if not re.fullmatch(r"[a-z0-9]{3,24}", account):
            raise MisconfiguredError(HOST_ACCOUNT, "is not a storage account's name.")
        return IdentityStoreSettings(
            endpoint=f"https://{account}.table.core.windows.net", prefix=prefix, is_hosts=True
        )
    return None


def _endpoint(name: str, text: str) -> str:
    if not ENDPOINT.fullmatch(text):
        raise MisconfiguredError(name, "must read https://<account>.table.core.windows.net.")
    return text.rstrip("/")


def _string(name: str, text: str, environ: Environ) -> SecretStr:
    if text.rstrip(";").lower() == "usedevelopmentstorage=true":
        text = AZURITE
    parts = _parts(name, text)
    if not decode_base64(parts.get("accountkey", "")) or not parts.get("accountname"):
        raise MisconfiguredError(
            name, "is not a storage account's connection string with AccountName and AccountKey."
        )
    if not all(ENDPOINT.fullmatch(each) for each in _endpoints(parts)):
        environ.require_development(
            name, "is Azurite's, or not one of Azure's with https. Set it to a storage account's."
        )
    return SecretStr(text)


def _parts(name: str, text: str) -> dict[str, str]:
    """Split a connection string. As for Azure's SDK, the case of the names does not count."""
    parts: dict[str, str] = {}
    for part in filter(str.strip, text.split(";")):
        key, _, value = part.partition("=")
        if key.lower() in parts:
            raise MisconfiguredError(name, "has a part twice. Copy the connection string anew.")
        parts[key.lower()] = value
    return parts


def _endpoints(parts: Mapping[str, str]) -> Sequence[str]:
    """Return the addresses that Azure's SDK makes of a connection string."""
    protocol = parts.get("defaultendpointsprotocol", "https")
    usual = f"{protocol}://{parts['accountname']}.table.{parts.get('endpointsuffix')}"
    named = [parts[key] for key in ("tableendpoint", "tablesecondaryendpoint") if key in parts]
    return named if "tableendpoint" in parts else [usual, *named]
