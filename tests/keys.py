"""Keys for tests, and what says that the tests run on a developer's machine."""

import hashlib
import hmac
from base64 import b64encode
from functools import cache

from joserfc.jwk import RSAKey

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="  # an access key of no resource
HANDLE_LABEL = b"acs-tokens: guest handles for "
DEVELOPMENT = {"AZURE_FUNCTIONS_ENVIRONMENT": "Development"}


def random_bytes(name: str) -> bytes:
    """Return 32 bytes that look random and are the same in every run."""
    return hashlib.sha256(name.encode()).digest()


def random_key(name: str) -> str:
    """Return such bytes in base64."""
    return b64encode(random_bytes(name)).decode()


def handle_key(key: bytes, resource: str) -> bytes:
    """Return the key that signs the guest handles of an ACS resource.

    Args:
        key: The key that the settings hold.
        resource: The endpoint of the ACS resource, without a slash at the end.
    """
    return derived_key(key, HANDLE_LABEL, resource)


@cache
def rsa_key(name: str) -> RSAKey:
    """Return a key pair, the same for the same name: generating one takes 50 ms."""
    return RSAKey.generate_key(2048)


def derived_key(key: bytes, label: bytes, resource: str) -> bytes:
    """Return the key that signs one kind of statement for one ACS resource."""
    return hmac.digest(key, label + resource.encode(), "sha256")
