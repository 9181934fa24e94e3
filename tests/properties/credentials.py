"""Valid credentials, signed with keys of the tests, for the tests to change."""

import hmac
import json
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from jwt import PyJWK
from jwt.algorithms import RSAAlgorithm
from pydantic import SecretBytes

from acs_tokens.access.guest_handles import GuestHandles
from acs_tokens.entra.access_tokens import AccessTokenVerifier
from acs_tokens.entra.signing_keys import SigningKeys
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.guests import HandleKey
from tests.keys import handle_key

TENANT = "7c2b3a70-4d1e-4f0a-9a55-0b6f2d9f3c11"
CLIENT_ID = "6f5902ac-237a-4f6c-b0c8-b2b1f9a5a0de"
OID = "0e8a5d0c-98c5-4f27-8d6b-2b3a6f0d1e77"
USER_ID = f"8:acs:{TENANT}_{OID}"
NOW = int(time.time())
SOON = NOW + 24 * 3600  # later than the longest run of the fuzzer

KEYS = tuple(
    HandleKey(id=key_id, secret=SecretBytes(key_id.encode() * 8 + bytes(range(32))))
    for key_id in ("first", "second")
)
RESOURCE = "https://my-resource.communication.azure.com"
HANDLES = GuestHandles(KEYS, RESOURCE)
SIGNING_KEYS = tuple(handle_key(key.secret.get_secret_value(), RESOURCE) for key in KEYS)
HANDLE_HEADER: dict[str, Any] = {"alg": "HS256", "kid": "first", "typ": "acs-guest+jwt"}
HANDLE_CLAIMS: dict[str, Any] = {
    "iss": "acs-tokens", "aud": "acs-tokens", "sub": USER_ID, "scp": ["voip", "chat"],
    "first_scp": ["voip"],
    "iat": NOW, "exp": SOON,
}  # fmt: skip

PRIVATE_KEY = rsa.generate_private_key(65537, 2048)
BEARER_HEADER: dict[str, Any] = {"alg": "RS256", "kid": "first", "typ": "JWT"}
BEARER_CLAIMS: dict[str, Any] = {
    "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "aud": CLIENT_ID, "tid": TENANT,
    "oid": OID, "ver": "2.0", "scp": "Acs.Token User.Read", "iat": NOW, "nbf": NOW, "exp": SOON,
}  # fmt: skip

EASYAUTH: dict[str, Any] = {
    "auth_typ": "aad",
    "claims": [{"typ": "tid", "val": TENANT}, {"typ": "oid", "val": OID}],
}


class FetchedKeys(SigningKeys):
    """Keys that were fetched already, so that no event loop is needed."""

    def __init__(self) -> None:
        public: dict[str, Any] = RSAAlgorithm.to_jwk(PRIVATE_KEY.public_key(), as_dict=True)
        self._key = PyJWK(public, algorithm="RS256")

    async def find(self, tenant_id: str, key_id: str, algorithm: object) -> PyJWK | None:
        return self._key if (tenant_id, key_id, algorithm) == (TENANT, "first", "RS256") else None


def _bearers() -> AccessTokenVerifier:
    settings = EntraSettings.from_environ(
        Environ({"ENTRA_TENANT_IDS": TENANT, "ENTRA_CLIENT_ID": CLIENT_ID})
    )
    assert settings
    return AccessTokenVerifier(settings, FetchedKeys())


BEARERS = _bearers()


def rs256(text: str) -> bytes:
    """Sign as Entra does."""
    return PRIVATE_KEY.sign(text.encode(), padding.PKCS1v15(), SHA256())


def hs256(text: str) -> bytes:
    """Sign as the service does."""
    return hmac.digest(SIGNING_KEYS[0], text.encode(), "sha256")


def packed(content: bytes) -> str:
    """A part of a JWT."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def token(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[str], bytes]) -> str:
    """A valid token."""
    signed = f"{packed(as_json(header))}.{packed(as_json(claims))}"
    return f"{signed}.{packed(sign(signed))}"


def as_json(content: dict[str, Any]) -> bytes:
    """JSON as it is sent."""
    return json.dumps(content).encode()


def easyauth(content: dict[str, Any]) -> str:
    """App Service authentication's header."""
    return b64encode(as_json(content)).decode()
