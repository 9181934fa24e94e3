"""The platform's own settings, where they are unsafe for anybody but a developer."""

import json
import re
from ipaddress import ip_address

from acs_tokens.errors import MisconfiguredError
from acs_tokens.settings.environ import ENVIRONMENT, Environ

EMULATOR_IDENTITY_HEADER = "acs-emulator"
ORIGINS = ("CORS_ALLOWED_ORIGINS", "WEBSITE_CORS_ALLOWED_ORIGINS")
CREDENTIALS = ("CORS_SUPPORT_CREDENTIALS", "WEBSITE_CORS_SUPPORT_CREDENTIALS")
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ORIGIN = re.compile(rf"https://(?P<host>{LABEL}(?:\.{LABEL})*)(?::[1-9][0-9]{{0,4}})?")


def check_production(environ: Environ) -> None:
    """Refuse unsafe settings of the platform, unless this is a developer's machine.

    Raises:
        MisconfiguredError: One is unsafe here.
    """
    if environ.claims_development and (mark := environ.production_mark):
        raise MisconfiguredError(
            ENVIRONMENT,
            f"is Development, but {mark} is set, so this is no developer's machine. Remove it.",
        )
    if environ.text("IDENTITY_HEADER") == EMULATOR_IDENTITY_HEADER:
        environ.require_development("IDENTITY_HEADER", "is the emulator's. Remove it.")
    for name in ORIGINS:
        if not _are_origins(environ.text(name)):
            environ.require_development(
                name,
                "must list exact https:// origins of pages that others can reach: no wildcard,"
                " no path, no slash at the end, no localhost.",
            )
    for name in CREDENTIALS:
        if environ.text(name).lower() not in ("", "false"):
            environ.require_development(
                name, "must be false or not set: this service uses no cookies."
            )


def _are_origins(text: str) -> bool:
    """Return whether all origins of the platform's CORS list, JSON or comma-separated, are safe."""
    if not text:
        return True
    try:
        origins = json.loads(text) if text.startswith("[") else text.split(",")
    except (RecursionError, ValueError):
        return False
    return all(isinstance(origin, str) and _is_origin(origin.strip()) for origin in origins)


def _is_origin(text: str) -> bool:
    match = ORIGIN.fullmatch(text)
    return match is not None and not _is_this_machine(match["host"].lower())


def _is_this_machine(host: str) -> bool:
    """Return whether a browser takes a host for its own machine."""
    last = host.rpartition(".")[2]
    if not last.isdigit():
        return last == "localhost"
    try:
        address = ip_address(host)
    except ValueError:
        return True  # a short or wrong form of an IPv4 address, such as 127.1
    return address.is_loopback or address.is_unspecified
