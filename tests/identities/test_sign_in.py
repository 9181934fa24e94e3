"""Signing in to Table Storage with a managed identity."""

from collections.abc import Iterator

import pytest
from aiohttp import connector

from acs_emulator.certificates import certificates
from acs_emulator.defaults import IDENTITY_HEADER
from acs_tokens.identities.tables.account import TableAccount
from acs_tokens.identities.tables.store import TableStore
from acs_tokens.problems import IdentityStoreUnavailableError
from tests.identities.stores import (  # fmt: skip
    ACCOUNT,
    RESOURCE,
    new_person,
    new_tables,
    new_user,
    running_azurite,
)
from tests.javascript import needs_node
from tests.serving import Emulator

pytestmark = needs_node


@pytest.fixture(scope="module")
def azurite_with_tls(emulator: Emulator) -> Iterator[str]:
    """Azurite that takes Entra tokens. It looks at their claims, not at their signatures."""
    files = certificates(emulator.authority.parent)
    tls = ("--cert", str(files.certificate), "--key", str(files.key))
    with running_azurite("--oauth", "basic", *tls) as port:
        yield f"https://127.0.0.1:{port}/{ACCOUNT}"


@pytest.fixture
def endpoint(azurite_with_tls: str, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> str:
    """An endpoint that this machine's managed identity has access to."""
    # aiohttp reads the trusted authorities when it is imported.
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(emulator.authority)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{emulator.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    return azurite_with_tls


async def test_a_managed_identity_is_enough(endpoint: str) -> None:
    identities = TableStore(TableAccount.from_endpoint(endpoint), RESOURCE, new_tables())
    person, user = new_person(), new_user()

    assert await identities.insert(person, user)
    entry = await identities.get(person)
    await identities.aclose()

    assert entry
    assert entry.user_id == user


async def test_without_an_identity_the_log_says_so(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")
    identities = TableStore(TableAccount.from_endpoint(endpoint), RESOURCE, new_tables())

    with pytest.raises(IdentityStoreUnavailableError, match="no Entra token"):
        await identities.check()
    await identities.aclose()
