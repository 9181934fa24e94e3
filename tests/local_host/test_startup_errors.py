"""Folders in which the local host cannot write end it with a message."""

import os
from pathlib import Path

import pytest

from acs_emulator.defaults import connection_string
from local_host.__main__ import main
from tests.serving import ROOT, environment

# The user of the tests may be root, who may write everywhere: files are where folders should be.
OBSTACLES = {
    "the certificates' folder": ".acs-emulator",
    "their lock": ".acs-emulator/.lock/x",
}


def failed_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **variables: str
) -> str:
    """Start in the current folder, which must fail; return what is printed about it."""
    monkeypatch.setattr(os, "environ", environment(**variables))
    assert main(["--port", "0"], app=ROOT) == 1
    return capsys.readouterr().err


@pytest.mark.parametrize("obstacle", OBSTACLES.values(), ids=OBSTACLES)
def test_certificates_that_cannot_be_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    obstacle: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / obstacle).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / obstacle).touch()

    printed = failed_start(
        monkeypatch,
        capsys,
        ACS_CONNECTION_STRING=connection_string("http://127.0.0.1:1"),
        ENTRA_AUTHORITY="https://localhost:1",
        IDENTITY_SQLITE="identities.db",
    )

    assert printed.startswith("The emulator's certificates cannot be written or read:")
    assert "--no-emulator" in printed


def test_an_identity_store_whose_folder_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()

    printed = failed_start(monkeypatch, capsys, IDENTITY_SQLITE="file/folder/identities.db")

    assert printed.startswith("IDENTITY_SQLITE: the folder of the file cannot be made: Not a dir")
