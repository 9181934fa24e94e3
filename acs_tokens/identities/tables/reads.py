"""Reads from Azure Table Storage: by key, by condition, and once more after a fault."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from acs_tokens.identities.tables.account import has_code, maybe_done, storage_errors

MAX_PAGE = 1000  # entities; Table Storage refuses to return more at once

Result = TypeVar("Result")


async def find(table: TableClient, partition: str, row: str) -> TableEntity | None:
    """Return the entity with these keys; None if there is none.

    Raises:
        AzureError: Storage fails or refuses, or the table itself is missing.
    """
    try:
        return await table.get_entity(partition, row)
    except ResourceNotFoundError as error:
        if has_code(error, "TableNotFound"):
            raise
        return None


async def keys(
    table: TableClient,
    key: str,
    limit: int,
    condition: str,
    unless: str | None = None,
    /,
    **values: str | datetime,
) -> list[str]:
    """Return one property of the entities that fulfil a condition, in no order.

    Args:
        table: Where to look.
        key: The property's name: ``PartitionKey``, ``RowKey``, or another one that holds a text.
        limit: How many to return at most.
        condition: An OData filter with ``@name`` for each of ``values``.
        unless: The name of a column; entities in which it is true are skipped. Most lack it.
        values: What the condition compares with.

    Raises:
        AzureError: Storage fails or refuses.
    """
    found: list[str] = []
    page = MAX_PAGE if unless else min(limit, MAX_PAGE)
    select = [key, unless] if unless else key
    async for entity in table.query_entities(
        condition, parameters=values, select=select, results_per_page=page
    ):
        # Not part of the condition: what a filter makes of a missing column is not documented.
        if unless and entity.get(unless):
            continue
        found.append(entity[key])
        if len(found) == limit:
            break
    return found


async def read_twice(read: Callable[[], Awaitable[Result]]) -> Result:
    """Read; if the storage fails, read once more.

    Raises:
        IdentityStoreUnavailableError: The storage refuses, or failed twice.
    """
    with storage_errors():
        try:
            return await read()
        except AzureError as error:
            if not maybe_done(error):
                raise
        return await read()
