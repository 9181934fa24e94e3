"""Settings: read once, fail closed, leak nothing."""

import functools
import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict

from acs_tokens.errors import MisconfiguredError
from acs_tokens.settings.acs import AcsSettings
from acs_tokens.settings.azure import check_azure
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.guests import GuestSettings
from acs_tokens.settings.identity_store import IdentityStoreSettings
from acs_tokens.settings.log import LogSettings
from acs_tokens.settings.rate_limits import RateLimitSettings

DEADLINE_SECONDS = 8
MAX_DEADLINE_SECONDS = 60  # the platform gives up after 230 s; a browser's user long before


class Settings(BaseModel):
    """The service's settings.

    Attributes:
        acs: Where the ACS resource is, and its access key if there is one.
        guests: What visitors who are not signed in may do.
        entra: Whose sign-ins are accepted; None when nobody's.
        limits: How often callers may ask.
        log: How ids are hidden in the log.
        storage: Where the identity map is; None where nobody needs it.
        deadline: How long one request may take, all upstream calls included.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    acs: AcsSettings
    guests: GuestSettings
    entra: EntraSettings | None
    limits: RateLimitSettings
    log: LogSettings
    storage: IdentityStoreSettings | None
    deadline: timedelta

    @classmethod
    def from_environ(cls, variables: Mapping[str, str]) -> Self:
        """Read the settings.

        Raises:
            MisconfiguredError: One is missing or wrong, or unsafe in Azure. It names the setting,
                never its value.
        """
        environ = Environ(variables)
        acs = AcsSettings.from_environ(environ)
        guests = GuestSettings.from_environ(environ)
        entra = EntraSettings.from_environ(environ)
        storage = IdentityStoreSettings.from_environ(environ)
        if storage is None and (entra or guests.retention):
            raise MisconfiguredError(
                "IDENTITY_TABLE_ENDPOINT",
                "is not set, nor is any other place for the identity map. Set it to"
                " https://<account>.table.core.windows.net, or IDENTITY_SQLITE to a file.",
            )
        check_azure(environ, acs)
        return cls(
            acs=acs,
            guests=guests,
            entra=entra,
            limits=RateLimitSettings.from_environ(environ),
            log=LogSettings.from_environ(environ, acs.access_keys),
            storage=storage,
            deadline=timedelta(
                seconds=environ.number(
                    "DEADLINE_SECONDS", DEADLINE_SECONDS, low=0, high=MAX_DEADLINE_SECONDS
                )
            ),
        )


@functools.cache
def settings() -> Settings:
    """The settings of this process, read on first use."""
    return Settings.from_environ(os.environ)
