"""Identity stores for tests: in SQLite and in Azurite, Microsoft's emulator of Azure Storage."""

import contextlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr

from acs_tokens.identities.sqlite.store import SqliteStore
from acs_tokens.identities.store import IdentityStore
from acs_tokens.identities.tables.account import TableAccount
from acs_tokens.identities.tables.store import TableNames, TableStore
from acs_tokens.oidc.person import EntraUser
from tests.javascript import FOLDER
from tests.programs import Program
from tests.serving import environment, reserved_ports
from tests.waiting import LIMIT_SECONDS

TABLES = [each.name for each in fields(TableNames)]
RESOURCE = "my-resource.communication.azure.com"
ACCOUNT = "devstoreaccount1"
# Azurite's account key, which is public and the same everywhere.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def connection_string(url: str, key: str = KEY) -> str:
    return f"AccountName={ACCOUNT};AccountKey={key};TableEndpoint={url}/{ACCOUNT};"


@dataclass(frozen=True)
class Store:
    """A place for an identity store, which each process opens for itself.

    Attributes:
        file: The SQLite file; None in Table Storage.
        connection: The connection string of Table Storage.
        names: The names of the tables.
        resource: The host name of the ACS resource.
    """

    file: Path | None = None
    connection: str = ""
    names: TableNames = field(default_factory=lambda: TableNames.with_prefix("tests"))
    resource: str = RESOURCE

    def open(self) -> IdentityStore:
        if self.file:
            return SqliteStore(self.file, self.resource, patience=timedelta(seconds=LIMIT_SECONDS))
        account = TableAccount.from_connection_string(SecretStr(self.connection))
        return TableStore(account, self.resource, self.names)

    def of(self, resource: str) -> "Store":
        """Return the same place for another ACS resource."""
        return replace(self, resource=resource)


def new_tables() -> TableNames:
    """Return table names that no other test uses."""
    mark = uuid4().hex
    return TableNames(*(f"{name}{mark}" for name in TABLES))


@contextlib.asynccontextmanager
async def opened(store: Store) -> AsyncIterator[IdentityStore]:
    identities = store.open()
    try:
        yield identities
    finally:
        await identities.aclose()


def new_person() -> EntraUser:
    return EntraUser(str(uuid4()), str(uuid4()))


def new_user() -> str:
    return f"8:acs:{uuid4()}_{uuid4()}"


@contextlib.contextmanager
def running_azurite(*arguments: str) -> Iterator[int]:
    """Run Azurite's table service until the block ends; yields its port."""
    with reserved_ports(1) as (port,):
        process = subprocess.Popen(
            [
                FOLDER / "node_modules" / ".bin" / "azurite-table",
                *("--silent", "--inMemoryPersistence", "--skipApiVersionCheck"),
                *("--disableTelemetry", "--tableHost", "127.0.0.1", "--tablePort", str(port)),
                *arguments,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment(),
        )
        program = Program(process)
        try:
            program.read_until("successfully started")
            yield port
        finally:
            program.stop()
