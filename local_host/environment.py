"""Sets the environment variables that the app reads, as Core Tools does."""

import base64
import os
import secrets
from pathlib import Path

from acs_tokens.settings.environ import ENVIRONMENT
from acs_tokens.settings.guests import KEYS as HANDLE_KEYS
from local_host.example_settings import fitting
from local_host.settings import LocalSettings, StartupError


def set_environment(local: LocalSettings) -> None:
    """Set the app's environment variables. A variable that has a value already keeps it.

    Raises:
        StartupError: The folder of the identity store cannot be made.
    """
    values = fitting(local.values, os.environ) if local.is_example else local.values
    values = {ENVIRONMENT: "Development", **values}  # as Core Tools
    for name, value in values.items():
        if not os.environ.get(name):
            os.environ[name] = value
    # A random key: guest handles are valid until this process ends, unless the variable is set.
    if not os.environ.get(HANDLE_KEYS):
        os.environ[HANDLE_KEYS] = f"local:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    if file := os.environ.get("IDENTITY_SQLITE"):
        try:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StartupError(
                f"IDENTITY_SQLITE: the folder of the file cannot be made: {error.strerror}."
                " Set it to a path in a folder that you may write to."
            ) from None
