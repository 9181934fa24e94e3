"""Creates a certificate authority and a server certificate for TLS on loopback."""

import ssl
from dataclasses import dataclass
from pathlib import Path


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

    def server_context(self) -> ssl.SSLContext:
        """Return the TLS context of a server with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def certificates(folder: Path) -> Certificates:
    """Return the files of a folder, and create them if one is missing.

    Existing files are kept, so that a client goes on trusting the authority after a restart.

    Raises:
        OSError: The folder or a file cannot be written.
    """
    files = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    if not all(path.is_file() for path in (files.authority, files.certificate, files.key)):
        # Imported here: only the first start needs it.
        import trustme

        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA(organization_name="acs-emulator")
        server = authority.issue_cert("localhost", "127.0.0.1", "::1")
        files.key.touch(mode=0o600)
        files.key.write_bytes(server.private_key_pem.bytes())
        files.certificate.write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
        files.authority.write_bytes(authority.cert_pem.bytes())
    return files
