"""Creates a certificate authority and a server certificate for TLS on loopback."""

import os
import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

LOCK_SECONDS = 60  # creating the files takes less than one


@dataclass(frozen=True)
class Certificates:
    """The paths of the PEM files.

    Attributes:
        authority: The certificate of the authority, which clients must trust.
        certificate: The server's certificate.
        key: The server's private key.
    """

    authority: Path
    certificate: Path
    key: Path

    def exist(self) -> bool:
        """Return whether all files are there, and so belong together.

        The authority is written last and deleted first, so it is looked for last.
        """
        return all(path.is_file() for path in (self.key, self.certificate, self.authority))

    def server_context(self) -> ssl.SSLContext:
        """Return the TLS context of a server with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def certificates(folder: Path) -> Certificates:
    """Return the files of a folder, and create them if one is missing.

    Existing files are kept, so that a client goes on trusting the authority after a restart.
    Programs that start at the same time get the same files.

    Raises:
        OSError: The folder or a file cannot be written.
    """
    files = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    if not files.exist():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with _locked(folder / ".lock"):
                if not files.exist():  # another program may have created them until now
                    _create(files)
        except sqlite3.OperationalError as error:
            raise OSError(f"{folder}: {error}") from None
    return files


def replace_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file so that no program ever reads a part of it.

    Args:
        mode: The permissions of the file, less what the umask takes away.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.touch(mode)
    temporary.write_bytes(content)
    temporary.replace(path)


def _create(files: Certificates) -> None:
    # Imported here: only the first start needs it.
    import trustme

    authority = trustme.CA(organization_name="acs-emulator")
    server = authority.issue_cert("localhost", "127.0.0.1", "::1")
    files.authority.unlink(missing_ok=True)
    replace_file(files.key, server.private_key_pem.bytes(), mode=0o600)
    replace_file(files.certificate, b"".join(blob.bytes() for blob in server.cert_chain_pems))
    replace_file(files.authority, authority.cert_pem.bytes())


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait until no other program is in such a block. The system unlocks for a killed program.

    SQLite locks its files on every system; Python's own modules for that are of one system each.

    Raises:
        OperationalError: The file cannot be opened or locked.
    """
    with closing(sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield
