"""The service's settings, read once from the environment. Unsafe settings are refused."""

import functools
import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict

from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.acs import AcsSettings
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.guests import KEYS as HANDLE_KEYS
from acs_tokens.settings.guests import GuestSettings
from acs_tokens.settings.identity_store import IdentityStoreSettings
from acs_tokens.settings.keys import check_separate_keys, decode_base64
from acs_tokens.settings.log import KEY as LOG_KEY
from acs_tokens.settings.log import LogSettings
from acs_tokens.settings.meeting import MeetingSettings
from acs_tokens.settings.oidc import ProviderSettings, read_providers
from acs_tokens.settings.production import check_production
from acs_tokens.settings.rate_limits import RateLimitSettings

DEADLINE_SECONDS = 8
MAX_DEADLINE_SECONDS = 45  # below functionTimeout in host.json: then the host restarts the process


class Settings(BaseModel):
    """The service's settings.

    Attributes:
        acs: The ACS resource, and its access keys if there are any.
        guests: What visitors who are not signed in may do.
        entra: Which users of Entra may sign in; None where nobody signs in with Entra.
        providers: Which other OpenID Connect providers may sign users in.
        rate_limits: How many requests callers may send.
        log: How ids are hidden in the log.
        identity_store: Where the identity store is; None where none is set.
        meeting: The Teams meeting that guests came for.
        deadline: How long a request may take, all upstream requests included.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    acs: AcsSettings
    guests: GuestSettings
    entra: EntraSettings | None
    providers: tuple[ProviderSettings, ...]
    rate_limits: RateLimitSettings
    log: LogSettings
    identity_store: IdentityStoreSettings | None
    meeting: MeetingSettings = MeetingSettings()
    deadline: timedelta

    @property
    def needs_identity_store(self) -> bool:
        """Whether this deployment needs an identity store."""
        return bool(self.entra or self.providers or self.guests.retention or self.meeting.organizer)

    @property
    def uses_identity_store(self) -> bool:
        """Whether there is something to keep in the identity store, and a store to keep it in.

        A guest-only app whose only store is the function app's own account does not use it: nobody
        asked for that, and a request would depend on one service more.
        """
        if self.identity_store is None:
            return False
        needed = self.needs_identity_store or self.guests.invited_only
        return needed or not self.identity_store.is_hosts

    @classmethod
    def from_environ(cls, variables: Mapping[str, str]) -> Self:
        """Read the settings.

        Args:
            variables: The environment variables.

        Raises:
            MisconfiguredError: A setting is missing or malformed, or it is unsafe and this is no
                developer's machine. The error names it, never its value.
        """
        environ = Environ(variables)
        check_production(environ)
        acs = AcsSettings.from_environ(environ)
        guests = GuestSettings.from_environ(environ)
        log = LogSettings.from_environ(environ, acs.access_keys)
        _check_keys(acs, guests, log)
        settings = cls(
            acs=acs,
            guests=guests,
            entra=EntraSettings.from_environ(environ),
            providers=read_providers(environ),
            rate_limits=RateLimitSettings.from_environ(environ),
            log=log,
            identity_store=IdentityStoreSettings.from_environ(environ),
            meeting=MeetingSettings.from_environ(environ),
            deadline=timedelta(
                seconds=environ.number(
                    "DEADLINE_SECONDS", DEADLINE_SECONDS, low=0, high=MAX_DEADLINE_SECONDS
                )
            ),
        )
        if settings.needs_identity_store and settings.identity_store is None:
            raise _no_identity_store()
        return settings


def _no_identity_store() -> MisconfiguredError:
    return MisconfiguredError(
        "IDENTITY_TABLE_ENDPOINT",
        "is not set, nor is any other place for the identity store. Set it to"
        " https://<account>.table.core.windows.net, or IDENTITY_SQLITE to a file if this is a"
        " developer's machine.",
    )


def _check_keys(acs: AcsSettings, guests: GuestSettings, log: LogSettings) -> None:
    acs_keys = (decode_base64(key.get_secret_value()) for key in acs.access_keys)
    check_separate_keys(
        [
            *(("the access keys of ACS", key) for key in acs_keys),
            *((HANDLE_KEYS, key.secret.get_secret_value()) for key in guests.keys),
            (LOG_KEY, log.hash_key.get_secret_value()),
        ]
    )


def is_development() -> bool:
    """Return whether this is a developer's machine, also where the settings are wrong."""
    return Environ(os.environ).is_development


@functools.cache
def names_clients() -> bool:
    """Return whether the header ``client-ip`` is the platform's, and not the caller's own.

    Read once: every request needs it.
    """
    return Environ(os.environ).names_clients


@functools.cache
def settings() -> Settings:
    """Return the settings of this process, read on first use.

    Raises:
        MisconfiguredError: As `Settings.from_environ`.
    """
    return Settings.from_environ(os.environ)
