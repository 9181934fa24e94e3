"""Where the identity map of a test is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acs_tokens.identities.store import IdentityStore
from tests.identities.stores import Store, connection_string, new_tables, opened
from tests.javascript import needs_node


@pytest.fixture(params=["sqlite", pytest.param("tables", marks=needs_node)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty place, in either storage."""
    if request.param == "sqlite":
        return Store(file=tmp_path / "identities.db")
    url = request.getfixturevalue("azurite")
    return Store(connection=connection_string(url), names=new_tables())


@pytest.fixture
async def people(store: Store) -> AsyncIterator[IdentityStore]:
    """An empty identity map, in either storage."""
    async with opened(store) as people:
        yield people
