"""How the tests are spread over processes, and servers that several suites use."""

import os
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator

import pytest

from acs_emulator.defaults import connection_string
from acs_tokens.acs import retries
from acs_tokens.acs.service import TokenService
from acs_tokens.context import RequestContext, current_request
from tests.developers_settings import is_developers_setting
from tests.identities.stores import running_azurite
from tests.serving import ROOT, Emulator, reserved_ports, running_emulator
from tests.trust.acs_stand_in import Acs, running_acs

# Neither the parts that tests run in this process nor the programs that they start may find them.
for name in filter(is_developers_setting, list(os.environ)):
    del os.environ[name]

# The files that take longest, the longest first. One that begins last would keep one core busy and
# the others idle.
LONGEST = (
    "api_description/test_contract.py",
    "client/test_client.py",
    "browser/test_docs_page.py",
    "browser/test_local_page.py",
    "faults/test_matrix.py",
    "identities/test_storage_faults.py",
    "emulator/test_program.py",
    "cli/test_program.py",
    "browser/test_foreign_pages.py",
    "trust/test_providers.py",
    "trust/test_leftovers.py",
    "trust/test_meeting.py",
    "e2e/test_repeats.py",
    "e2e/test_local_host.py",
    "e2e/test_upstream.py",
    "trust/test_race.py",
    "identities/test_race.py",
    "trust/test_entry.py",
    "browser/test_openid_provider.py",
)


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes run tests: one more than cores, because tests also wait."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)  # after the random order
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin first."""
    rank = {str(ROOT / "tests" / name): place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(str(item.path), len(LONGEST)))


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


@pytest.fixture
def emulated() -> Iterator[dict[str, str]]:
    """Settings that name an emulator on two ports of its own, for a program that starts it."""
    with reserved_ports(2) as (acs, entra):
        yield {
            "ACS_CONNECTION_STRING": connection_string(f"http://127.0.0.1:{acs}"),
            "ENTRA_AUTHORITY": f"https://localhost:{entra}",
        }


@pytest.fixture(scope="session")
def azurite() -> Iterator[str]:
    """Azurite's table service, which all tests share; each makes tables of its own."""
    with running_azurite() as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process send requests to ACS again at once, and not after some tenths of a second."""
    monkeypatch.setattr(retries, "PAUSE_SECONDS", (0.001, 0.004))
    monkeypatch.setattr(retries, "CONFIRM_SECONDS", 0.003)


@pytest.fixture
def acs() -> Iterator[Acs]:
    """A stand-in for ACS that does what a test tells it to."""
    with running_acs() as acs:
        yield acs


@pytest.fixture
async def service(acs: Acs) -> AsyncIterator[TokenService]:
    """A token service in this process, which uses that ACS."""
    current_request.set(RequestContext("a test", deadline=float("inf")))
    service = TokenService(acs.connection)
    yield service
    await service.aclose()
