"""Settings that are accepted on a developer's machine and refused in Azure."""

import json
import re

from acs_tokens.errors import MisconfiguredError
from acs_tokens.settings.acs import AcsSettings, is_loopback
from acs_tokens.settings.environ import Environ

# The emulator's public keys, repeated here because it shares no code with this service.
EMULATOR_KEYS = (
    "dGhlIGFjY2VzcyBrZXkgb2YgZXZlcnkgYWNzLWVtdWxhdG9yOyBpdCBvcGVucyBub3RoaW5n",
    "dGhlIG90aGVyIGtleSBvZiBldmVyeSBhY3MtZW11bGF0b3I7IGl0IG9wZW5zIG5vdGhpbmc=",
)
EMULATOR_IDENTITY_HEADER = "acs-emulator"
ORIGINS = ("CORS_ALLOWED_ORIGINS", "WEBSITE_CORS_ALLOWED_ORIGINS")
CREDENTIALS = ("CORS_SUPPORT_CREDENTIALS", "WEBSITE_CORS_SUPPORT_CREDENTIALS")
ORIGIN = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


def check_azure(environ: Environ, acs: AcsSettings) -> None:
    """Refuse unsafe settings, if the app runs in Azure.

    Raises:
        MisconfiguredError: A setting is unsafe there.
    """
    if not environ.in_azure:
        return
    if any(key.get_secret_value() in EMULATOR_KEYS for key in acs.access_keys):
        raise MisconfiguredError(
            "ACS_CONNECTION_STRING", "has a public access key of the emulator."
        )
    if is_loopback(re.sub(r"^https?://|:[0-9]+$", "", acs.endpoint).strip("[]")):
        raise MisconfiguredError("ACS_CONNECTION_STRING", "has a loopback endpoint.")
    if environ.text("IDENTITY_HEADER") == EMULATOR_IDENTITY_HEADER:
        raise MisconfiguredError("IDENTITY_HEADER", "is the emulator's. Remove it.")
    if environ.text("AZURE_FUNCTIONS_ENVIRONMENT").lower() == "development":
        raise MisconfiguredError("AZURE_FUNCTIONS_ENVIRONMENT", "must not be Development.")
    for name in ORIGINS:
        _check_origins(name, environ.text(name))
    for name in CREDENTIALS:
        if environ.text(name).lower() == "true":
            raise MisconfiguredError(name, "must be off: this service uses no cookies.")


def _check_origins(name: str, text: str) -> None:
    """Check the platform's CORS list, which is JSON or comma-separated."""
    if not text:
        return
    try:
        origins = json.loads(text) if text.startswith("[") else text.split(",")
    except (RecursionError, ValueError):
        origins = [text]
    for origin in origins:
        if not isinstance(origin, str) or not ORIGIN.fullmatch(origin.strip()):
            raise MisconfiguredError(
                name, "must list exact https:// origins: no wildcard, no path, no slash at the end."
            )
