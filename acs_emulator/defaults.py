"""What an emulator is like unless told otherwise."""

import base64
from pathlib import Path

PORT = 7072
CERTIFICATES = Path(".acs-emulator")
IDENTITY_HEADER = "acs-emulator"  # App Service makes one up and puts it into the environment

# Public, like Azurite's: they open nothing but emulators.
ACCESS_KEY = base64.b64encode(b"the access key of every acs-emulator; it opens nothing").decode()
ACCESS_KEY_2 = base64.b64encode(b"the other key of every acs-emulator; it opens nothing").decode()


def connection_string(endpoint: str, access_key: str = ACCESS_KEY) -> str:
    """The connection string of an emulator at ``http[s]://host:port``."""
    return f"endpoint={endpoint}/;accesskey={access_key}"
