"""The emulator's certificates, which several programs may create at the same time."""

import ssl
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from acs_emulator.certificates import Certificates, certificates

PROCESSES = 4
ROUNDS = 5


def create(folder: Path) -> tuple[bytes, bytes, bytes]:
    """Create the files of a folder in a process; return what they hold then."""
    files = certificates(folder)
    return contents(files)


def contents(files: Certificates) -> tuple[bytes, bytes, bytes]:
    paths = (files.authority, files.certificate, files.key)
    first, second, third = (path.read_bytes() for path in paths)
    return first, second, third


def shake_hands(files: Certificates) -> None:
    """Let a client that trusts the authority connect to a server with the certificate."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cafile=str(files.authority))
    client = trusting.wrap_bio(to_client, to_server, server_hostname="localhost")
    server = files.server_context().wrap_bio(to_server, to_client, server_side=True)
    for end in (client, server, client):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    server.do_handshake()


def test_programs_that_start_at_once_get_the_same_files(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(ROUNDS)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for folder in folders:
            seen = set(pool.map(create, [folder] * PROCESSES))

            assert len(seen) == 1
            assert {contents(certificates(folder))} == seen
            shake_hands(certificates(folder))


@pytest.mark.parametrize("name", ["ca.pem", "server.pem", "server.key"])
def test_a_set_with_a_missing_file_is_replaced(tmp_path: Path, name: str) -> None:
    before = contents(certificates(tmp_path))
    (tmp_path / name).unlink()

    files = certificates(tmp_path)

    assert all(old != new for old, new in zip(before, contents(files), strict=True))
    shake_hands(files)


def test_only_the_owner_may_read_the_key(tmp_path: Path) -> None:
    assert stat.S_IMODE(certificates(tmp_path).key.stat().st_mode) == 0o600


def test_other_files_of_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "identities.db").write_bytes(b"rows")

    certificates(tmp_path)

    assert (tmp_path / "identities.db").read_bytes() == b"rows"
    assert {path.name for path in tmp_path.iterdir()} == {
        "ca.pem", "server.pem", "server.key", ".lock", "identities.db",
    }  # fmt: skip
