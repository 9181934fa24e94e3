"""Servers that several suites use."""

import secrets
from base64 import b64encode
from collections.abc import Iterator

import pytest

from tests.identities.stores import running_azurite
from tests.serving import Emulator, running_emulator


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator that all tests share; each works with identities of its own."""
    with running_emulator(tmp_path_factory.mktemp("certificates")) as emulator:
        yield emulator


@pytest.fixture
def own_emulator(emulator: Emulator) -> Iterator[Emulator]:
    """An emulator for one test, with another key and a clock to move."""
    key = b64encode(secrets.token_bytes(32)).decode()
    with running_emulator(emulator.authority.parent, key) as own:
        yield own


@pytest.fixture(scope="session")
def azurite() -> Iterator[str]:
    """Azurite's table service, which all tests share; each makes tables of its own."""
    with running_azurite() as port:
        yield f"http://127.0.0.1:{port}"
