"""The certificate with which this service authenticates to Entra."""

from pathlib import Path

from pydantic import SecretBytes

from acs_tokens.errors import MisconfiguredError


def read_client_certificate(path: str) -> SecretBytes:
    """Read a PEM file with a certificate and its RSA private key, which must not be encrypted.

    Further certificates, of its issuers, may follow. The times of the certificate are not checked:
    one that has expired stops what needs it, and not the whole service.

    Args:
        path: The file's.

    Raises:
        MisconfiguredError: There is no such file, or no such key or certificate in it.
    """
    try:
        content = Path(path).read_bytes()
        if not _can_sign(content):
            raise ValueError
    except (OSError, TypeError, ValueError):  # a TypeError: the key is encrypted
        raise MisconfiguredError(
            "ENTRA_CLIENT_CERTIFICATE",
            "must be the path of a PEM file with a certificate and its RSA private key, which is"
            " not encrypted.",
        ) from None
    return SecretBytes(content)


def _can_sign(content: bytes) -> bool:
    """Return whether a PEM file's private key is that of its first certificate."""
    # Imported here: few deployments have a certificate, and every import makes a start slower.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificates

    try:
        key = load_pem_private_key(content, password=None)
        certificate = load_pem_x509_certificates(content)[0]
        return isinstance(key, RSAPrivateKey) and key.public_key() == certificate.public_key()
    except UnsupportedAlgorithm:
        return False
