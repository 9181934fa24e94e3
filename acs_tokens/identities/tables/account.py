"""Azure Table Storage through Microsoft's SDK: authentication, tables, and its errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Self

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
)
from azure.data.tables.aio import TableClient, TableServiceClient
from pydantic import SecretStr

from acs_tokens.acs.pipeline import default_credential
from acs_tokens.http_client import client_options
from acs_tokens.problems import IdentityStoreUnavailableError

READ_TIMEOUT = timedelta(seconds=2)  # responses take milliseconds; a request has 8 s in all


class TableAccount:
    """A storage account. Create it on the event loop that will use it, once per process.

    For Azurite use ``127.0.0.1``. The SDK takes ``localhost`` for the emulator of Cosmos DB, unless
    the port is 10002.

    Args:
        service: The SDK's client.
        credential: The Entra credential that the client uses, to be closed with it; None for an
            account key.
    """

    def __init__(
        self, service: TableServiceClient, credential: AsyncTokenCredential | None = None
    ) -> None:
        self._service = service
        self._credential = credential
        self._tables: dict[str, TableClient] = {}

    @classmethod
    def from_connection_string(cls, connection_string: SecretStr) -> Self:
        """Authenticate with an account key: Azurite, or an account that allows keys.

        Raises:
            ValueError: The connection string makes no sense to the SDK.
        """
        return cls(
            TableServiceClient.from_connection_string(
                connection_string.get_secret_value(), **client_options(READ_TIMEOUT)
            )
        )

    @classmethod
    def from_endpoint(cls, endpoint: str) -> Self:
        """Authenticate with Entra, with the role *Storage Table Data Contributor*.

        Args:
            endpoint: ``https://<account>.table.core.windows.net``; Entra needs TLS.

        Raises:
            MisconfiguredError: As `default_credential`.
        """
        credential = default_credential()
        return cls(
            TableServiceClient(endpoint, credential=credential, **client_options(READ_TIMEOUT)),
            credential,
        )

    async def table(self, name: str) -> TableClient:
        """Return a table, created on first use if it is missing.

        Raises:
            AzureError: Storage fails or refuses.
        """
        if name not in self._tables:
            table = self._service.get_table_client(name)
            try:
                await table.create_table()
            except ResourceExistsError as error:
                if not has_code(error, "TableAlreadyExists"):
                    raise
            self._tables[name] = table
        return self._tables[name]

    async def aclose(self) -> None:
        """Close all connections."""
        await self._service.close()
        if self._credential:
            await self._credential.close()


@dataclass(frozen=True)
class ResourceTable:
    """A table in which one ACS resource has rows of its own.

    Attributes:
        account: The storage account.
        name: The table's name.
        resource: The host name of the ACS resource.
    """

    account: TableAccount
    name: str
    resource: str

    async def open(self) -> TableClient:
        """Return the table, created on first use if it is missing.

        Raises:
            AzureError: Storage fails or refuses.
        """
        return await self.account.table(self.name)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn what the SDK raises into our error, without its message, which holds the response."""
    try:
        yield
    except HttpResponseError as error:
        raise IdentityStoreUnavailableError(log=_meaning(error)) from error
    except AzureError as error:
        raise IdentityStoreUnavailableError(
            log=f"No response from Table Storage: {type(error).__name__}."
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Raised by the SDK when a success lacks a field or has a strange one.
        raise IdentityStoreUnavailableError(
            log="A response of Table Storage makes no sense."
        ) from error


def has_code(error: HttpResponseError, code: str) -> bool:
    """Return whether Table Storage gave this error code."""
    # The SDK sets error_code in some operations only; the message always holds the body.
    given = getattr(error, "error_code", None)
    return given == code if given else code in str(error)


def maybe_done(error: AzureError) -> bool:
    """Return whether a failed request may have been carried out, so that a second one may tell."""
    if not isinstance(error, HttpResponseError) or error.status_code is None:
        return not isinstance(error, ClientAuthenticationError)
    return error.status_code in (408, 429) or error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR


def _meaning(error: HttpResponseError) -> str:
    status = error.status_code
    if isinstance(error, ClientAuthenticationError) or status == HTTPStatus.FORBIDDEN:
        return (
            f"Table Storage refused this service's credentials ({status or 'no Entra token'})."
            " Check the account key, or that this app's identity has the role 'Storage Table Data"
            " Contributor' on the account."
        )
    return (
        f"Table Storage responded with {status}."
        if status
        else "Table Storage's response broke off."
    )
