"""The settings of the service: from the environment, then from local.settings.json."""

import os
from pathlib import Path

from acs_tokens.settings import Settings
from acs_tokens.settings.environ import ENVIRONMENT, Environ
from acs_tokens_cli.failures import CommandError, ExitCode
from local_host.settings import StartupError, read_settings_file

FILE = "local.settings.json"


def read_settings() -> Settings:
    """Read the settings.

    Raises:
        CommandError: local.settings.json is not valid.
        MisconfiguredError: A setting is missing or wrong.
    """
    complete_environment()
    return Settings.from_environ(os.environ)


def complete_environment() -> None:
    """Set the variables of local.settings.json that the environment does not have.

    Like Core Tools, it also says that this is a developer's machine, where the emulator is allowed,
    unless a variable of a hosting platform is set.

    Raises:
        CommandError: The file is not valid.
    """
    path = Path.cwd() / FILE
    try:
        values = read_settings_file(path).values if path.is_file() else {}
    except StartupError as error:
        raise CommandError(str(error), ExitCode.MISCONFIGURED) from None
    if not Environ(os.environ).production_mark:
        values = {ENVIRONMENT: "Development", **values}
    for name, value in values.items():
        if not os.environ.get(name):
            os.environ[name] = value
