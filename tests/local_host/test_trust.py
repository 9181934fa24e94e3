"""The emulator's authority is trusted besides those that the process trusts already."""

import os
from pathlib import Path

import pytest

from acs_emulator.certificates import certificates
from acs_emulator.defaults import CERTIFICATES, connection_string
from local_host.emulator import CA_FILE, find_emulator
from tests.keys import DEVELOPMENT


def trusted_with(others: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Find the emulator in a process that trusts others; return the file of those trusted then."""
    monkeypatch.setenv(CA_FILE, str(others))
    find_emulator(wanted=True)
    return Path(os.environ[CA_FILE])


def test_two_programs_do_not_change_whom_the_other_trusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = DEVELOPMENT | {
        "ACS_CONNECTION_STRING": connection_string("http://127.0.0.1:1"),
        "ENTRA_AUTHORITY": "https://localhost:1",
    }
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    monkeypatch.chdir(tmp_path)  # where the emulator's certificates are
    authorities = [certificates(tmp_path / name).authority for name in ("one", "other")]

    bundles = [trusted_with(authority, monkeypatch) for authority in authorities]

    emulators = certificates(CERTIFICATES).authority.read_text()
    for bundle, authority in zip(bundles, authorities, strict=True):
        assert authority.read_text() in bundle.read_text()
        assert emulators in bundle.read_text()
    assert trusted_with(bundles[0], monkeypatch) == bundles[0]
