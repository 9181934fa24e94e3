"""Azure Table Storage, through Microsoft's SDK: sign-in, tables, and what its errors mean."""

from collections.abc import Iterator
from contextlib import contextmanager
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

from acs_tokens.errors import IdentityStoreUnavailableError
from acs_tokens.http_client import client_options

READ_TIMEOUT = timedelta(seconds=2)  # answers take milliseconds, and a request has 8 s for all


class TableAccount:
    """A storage account. Create it on the event loop that will use it, once per process.

    Azurite is at ``127.0.0.1``: ``localhost`` at another port than 10002 the SDK takes for Cosmos.
    """

    def __init__(
        self, service: TableServiceClient, credential: AsyncTokenCredential | None = None
    ) -> None:
        self._service = service
        self._credential = credential
        self._tables: dict[str, TableClient] = {}

    @classmethod
    def from_connection_string(cls, connection_string: SecretStr) -> Self:
        """Sign in with an account key: Azurite, or an account that allows it."""
        return cls(
            TableServiceClient.from_connection_string(
                connection_string.get_secret_value(), **client_options(READ_TIMEOUT)
            )
        )

    @classmethod
    def from_endpoint(cls, endpoint: str) -> Self:
        """Sign in with Entra, as a *Storage Table Data Contributor* of the account.

        Args:
            endpoint: ``https://<account>.table.core.windows.net``; Entra needs TLS.
        """
        # Imported here: it costs a start more than all the rest.
        from azure.identity.aio import DefaultAzureCredential

        credential = DefaultAzureCredential()
        return cls(
            TableServiceClient(endpoint, credential=credential, **client_options(READ_TIMEOUT)),
            credential,
        )

    async def table(self, name: str) -> TableClient:
        """A table, made on first use if it is missing."""
        if name not in self._tables:
            table = self._service.get_table_client(name)
            try:
                await table.create_table()
            except ResourceExistsError as error:
                if not has_code(error, "TableAlreadyExists"):
                    raise
            self._tables[name] = table
        return self._tables[name]

    async def close(self) -> None:
        """Close all connections."""
        await self._service.close()
        if self._credential:
            await self._credential.close()


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn what the SDK raises into our error; no message of its own, which holds the answer."""
    try:
        yield
    except HttpResponseError as error:
        raise IdentityStoreUnavailableError(log=_meaning(error)) from error
    except AzureError as error:
        raise IdentityStoreUnavailableError(
            log=f"No answer from Table Storage: {type(error).__name__}."
        ) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # What the SDK makes of a success that lacks a member or has a strange one.
        raise IdentityStoreUnavailableError(
            log="An answer of Table Storage makes no sense."
        ) from error


def has_code(error: HttpResponseError, code: str) -> bool:
    """Whether Table Storage gave this reason; the SDK sets ``error_code`` for some calls only."""
    return code in str(error)


def is_unsure(error: AzureError) -> bool:
    """Whether it may have been done all the same, and another try may tell."""
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
    return f"Table Storage answered {status}." if status else "Table Storage's answer broke off."
