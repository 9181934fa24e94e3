"""Settings for Entra: audiences, and the certificate of this service."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID

from acs_tokens.errors import MisconfiguredError
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import Environ

GUID = "123e4567-e89b-12d3-a456-426614174000"
KEY = rsa.generate_private_key(65537, 2048)
PEM = serialization.Encoding.PEM


def read(**variables: str) -> EntraSettings:
    read = EntraSettings.from_environ(
        Environ({"ENTRA_TENANT_IDS": GUID, "ENTRA_CLIENT_ID": GUID, **variables})
    )
    assert read
    return read


@pytest.mark.parametrize(
    "audience",
    [
        "*", "https://*.example.com", "api://*",
        "https://graph.microsoft.com", "https://graph.microsoft.com/", "HTTPS://Graph.Microsoft.com", "https://graph.microsoft.us",
        "00000003-0000-0000-c000-000000000000", "spn:00000003-0000-0000-C000-000000000000",
        "00000002-0000-0000-c000-000000000000", "https://graph.windows.net", "https://management.azure.com",
        "https://management.core.windows.net/", "https://communication.azure.com", "https://communication.azure.com/clients",
        "https://auth.msft.communication.azure.com", "https://storage.azure.com", "https://vault.azure.net",
        "https://api.spaces.skype.com", "api://00000003-0000-0000-c000-000000000000",
        "22222222-2222-4222-8222-222222222222", "sesame", "https://", "https://graph.microsoft.com:443", "https://x@graph.microsoft.com",
        "https://graph.microsoft.com.", "https://[::1",
    ],
)  # fmt: skip
def test_an_audience_of_another_api_is_refused(audience: str) -> None:
    with pytest.raises(MisconfiguredError, match=r"^ENTRA_AUDIENCE ") as caught:
        read(ENTRA_AUDIENCE=f"api://{GUID},{audience}")

    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    "audience",
    [f"api://{GUID}", "api://contoso/tokens", "https://tokens.contoso.com", "https://contoso.onmicrosoft.com/tokens",
     "https://notmicrosoft.com", "urn:contoso:tokens", GUID, GUID.upper()],
)  # fmt: skip
def test_an_audience_of_ones_own_is_accepted(audience: str) -> None:
    assert audience.lower() in {each.lower() for each in read(ENTRA_AUDIENCE=audience).audiences}


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tokens")]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(PEM)


def private(key: PrivateKeyTypes, password: bytes = b"") -> bytes:
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, encryption)


OTHER, CURVE = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"PRIVATE KEY and CERTIFICATE", id="words"),
        pytest.param(certificate(KEY), id="no key"),
        pytest.param(private(KEY), id="no certificate"),
        pytest.param(certificate(KEY) + b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", id="broken key"),
        pytest.param(private(KEY) + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", id="broken certificate"),
        pytest.param(certificate(KEY) + KEY.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo), id="public key"),
        pytest.param(certificate(KEY) + private(KEY, b"sesame"), id="encrypted key"),
        pytest.param(certificate(KEY) + private(OTHER), id="another certificate's key"),
        pytest.param(certificate(CURVE) + private(CURVE), id="key that Entra does not take"),
    ],
)  # fmt: skip
def test_a_certificate_that_cannot_sign_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "sesame.pem"
    file.write_bytes(content)

    with pytest.raises(MisconfiguredError, match=r"^ENTRA_CLIENT_CERTIFICATE ") as caught:
        read(ENTRA_CLIENT_CERTIFICATE=str(file))

    assert "sesame" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(certificate(KEY) + private(KEY), id="certificate first"),
        pytest.param(
            private(KEY) + certificate(KEY) + certificate(OTHER), id="key first, and a chain"
        ),
    ],
)
def test_a_certificate_with_its_key_is_accepted(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "client.pem"
    file.write_bytes(content)

    settings = read(ENTRA_CLIENT_CERTIFICATE=str(file))

    assert settings.client_certificate
    assert settings.client_certificate.get_secret_value() == content
