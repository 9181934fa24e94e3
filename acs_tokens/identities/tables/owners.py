"""Which person each identity was given to, in Azure Table Storage."""

from azure.data.tables import UpdateMode

from acs_tokens.identities.tables.account import ResourceTable, storage_errors
from acs_tokens.identities.tables.reads import find, read_twice
from acs_tokens.oidc.person import Person, as_person


class TableOwners:
    """Finds the person of an identity, which the table of identities cannot without a scan.

    Args:
        table: The table to use, for the ACS resource that the identities belong to.
    """

    def __init__(self, table: ResourceTable) -> None:
        self._table = table

    async def note(self, user_id: str, person: Person) -> None:
        """Note who has an identity; call it before the entry is written, so that no owner is lost.

        Raises:
            IdentityStoreUnavailableError: The storage fails.
        """
        with storage_errors():
            table = await self._table.open()
            await table.upsert_entity(
                {
                    "PartitionKey": user_id,
                    "RowKey": self._table.resource,
                    "person": person.key,
                },
                mode=UpdateMode.REPLACE,
            )

    async def of(self, user_id: str) -> Person | None:
        """Return the person who has an identity; None if it was given to nobody.

        Raises:
            IdentityStoreUnavailableError: The storage fails.
        """

        async def read() -> Person | None:
            entity = await find(await self._table.open(), user_id, self._table.resource)
            return as_person(str(entity["person"])) if entity else None

        return await read_twice(read)
