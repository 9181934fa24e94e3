"""The app with all it needs to know its callers: guest handle keys, an Entra, an identity store."""

import base64
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from acs_emulator.certificates import certificates
from tests.e2e.conftest import App
from tests.entra_stand_in import CLIENT_ID, Entra, running_entra
from tests.keys import random_bytes
from tests.serving import READY, Emulator, running_app, running_program

HANDLE_KEY = random_bytes("guest handles")
NO_LIMITS = {
    f"LIMIT_{name}": "100000"
    for name in (
        "NEW_GUESTS",
        "ALL_NEW_GUESTS",
        "GUEST_REQUESTS",
        "ALL_GUEST_REQUESTS",
        "REQUESTS",
        "FAILED_SIGN_INS",
    )
}


@pytest.fixture(scope="session")
def entra(emulator: Emulator) -> Iterator[Entra]:
    """An Entra whose TLS certificate is of the emulator's authority."""
    with running_entra(certificates(emulator.authority.parent)) as entra:
        yield entra


def settings(emulator: Emulator, entra: Entra, **changed: str) -> dict[str, str]:
    """Return the environment of the app."""
    return {
        "ACS_CONNECTION_STRING": emulator.connection_string,
        "GUESTS": "on",
        "GUEST_SCOPES": "voip,chat",
        "GUEST_MAX_MINUTES": "120",
        "GUEST_HANDLE_KEYS": f"test:{base64.b64encode(HANDLE_KEY).decode()}",
        "ENTRA_TENANT_IDS": ",".join(entra.tenants),
        "ENTRA_CLIENT_ID": CLIENT_ID,
        "ENTRA_AUTHORITY": entra.authority,
        "SSL_CERT_FILE": str(emulator.authority),
        "PYTHON_ENABLE_DEBUG_LOGGING": "1",
        **NO_LIMITS,
        **changed,
    }


@contextlib.contextmanager
def running_trusted_app(
    emulator: Emulator, entra: Entra, store_file: Path | str, **changed: str
) -> Iterator[App]:
    """Run the app until the block ends, and check that its log holds no secret."""
    variables = settings(emulator, entra, IDENTITY_SQLITE=str(store_file), **changed)
    with running_app(**variables) as (address, program):
        yield App(address, program)
        program.stop()
    ids = {*entra.tenants, *entra.people}
    for secret in ("eyJ", "Bearer ey", "8:acs:", "8:orgid:", *ids, emulator.access_key):
        assert secret not in program.output


@pytest.fixture(scope="session")
def app(
    emulator: Emulator, entra: Entra, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """The app that the tests share; each test uses users of its own."""
    folder = tmp_path_factory.mktemp("identities")
    with running_trusted_app(emulator, entra, folder / "identities.db") as app:
        yield app


@pytest.fixture(scope="session")
def locked(
    emulator: Emulator, entra: Entra, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """The app behind a function key, as in Azure."""
    variables = settings(
        emulator,
        entra,
        IDENTITY_SQLITE=str(tmp_path_factory.mktemp("identities") / "identities.db"),
    )
    arguments = ("--port", "0", "--no-emulator", "--function-key", "sesame")
    with running_program("local_host", *arguments, variables=variables) as program:
        yield App(program.read_until(READY)[1], program)
