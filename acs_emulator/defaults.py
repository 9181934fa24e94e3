"""The default port, keys and certificate folder of an emulator."""

import base64
from pathlib import Path

PORT = 7072
CERTIFICATES = Path(".acs-emulator")
IDENTITY_HEADER = "acs-emulator"  # App Service puts a random value into the environment

# Known to everybody, like Azurite's: they give access to emulators only.
ACCESS_KEY = base64.b64encode(b"the access key of every acs-emulator; it opens nothing").decode()
ACCESS_KEY_2 = base64.b64encode(b"the other key of every acs-emulator; it opens nothing").decode()


def connection_string(endpoint: str, access_key: str = ACCESS_KEY) -> str:
    """Return the connection string of an emulator.

    Args:
        endpoint: ``http[s]://host:port``, without a slash at the end.
        access_key: Base64.
    """
    return f"endpoint={endpoint}/;accesskey={access_key}"
