"""Keys for tests, and what says that the tests run on a developer's machine."""

import hashlib
from base64 import b64encode

DEVELOPMENT = {"AZURE_FUNCTIONS_ENVIRONMENT": "Development"}


def random_bytes(name: str) -> bytes:
    """Return 32 bytes that look random and are the same in every run."""
    return hashlib.sha256(name.encode()).digest()


def random_key(name: str) -> str:
    """Return such bytes in base64."""
    return b64encode(random_bytes(name)).decode()
