"""A certificate authority of one's own, for TLS on loopback."""

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    """Where the PEM files are: the authority to trust, and the server's certificate and key."""

    authority: Path
    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """What the server speaks TLS with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def certificates(folder: Path) -> Certificates:
    """Use the files of the folder, or make them: whoever trusts the authority keeps doing so."""
    files = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    if not all(path.is_file() for path in (files.authority, files.certificate, files.key)):
        # Imported here: only the first start makes them.
        import trustme

        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA(organization_name="acs-emulator")
        server = authority.issue_cert("localhost", "127.0.0.1", "::1")
        files.key.touch(mode=0o600)
        files.key.write_bytes(server.private_key_pem.bytes())
        files.certificate.write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
        files.authority.write_bytes(authority.cert_pem.bytes())
    return files
