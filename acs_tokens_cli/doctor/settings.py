"""Checks of the settings."""

import os

from acs_tokens.settings import Settings
from acs_tokens.settings.environ import ENVIRONMENT
from acs_tokens_cli.doctor.check import Check, FindingError
from acs_tokens_cli.environment import read_settings
from acs_tokens_cli.failures import CommandError

MARK = "WEBSITE_SITE_NAME"  # App Service sets it; one mark is enough
CURE = "The text says what to do; docs/settings.md explains every setting."


def settings_check(found: list[Settings]) -> Check:
    """Return the check that reads the settings.

    Args:
        found: Gets the settings.
    """

    async def read() -> str:
        try:
            found.append(read_settings())
        except CommandError as error:
            raise FindingError(str(error), CURE) from None
        place = found[0].identity_store
        return f"ACS: {found[0].acs.endpoint}" + (", with an identity store" if place else "")

    return Check("settings", read, CURE)


def azure_settings_check() -> Check:
    """Return the check of the same settings with the marks by which Azure is recognised."""

    async def read() -> str:
        variables = {name: value for name, value in os.environ.items() if name != ENVIRONMENT}
        Settings.from_environ({MARK: "doctor", **variables})
        return "Azure would accept them"

    return Check("settings as in Azure", read, CURE)
