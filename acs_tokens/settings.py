"""Settings: read once, fail closed, leak nothing."""

import functools
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict

from acs_tokens.connection import Connection
from acs_tokens.errors import MisconfiguredError

MAX_DEADLINE_SECONDS = 60  # the platform gives up after 230 s; a browser's user long before


class Settings(BaseModel):
    """The service's settings.

    Attributes:
        acs: Where the ACS resource is, and its access key if there is one.
        guests: Whether visitors who are not signed in get tokens.
        deadline: How long one request may take, all upstream calls included.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    acs: Connection
    guests: bool
    deadline: timedelta

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings.

        Raises:
            MisconfiguredError: One is missing or wrong. It names the setting, never its value.
        """
        return cls(
            acs=Connection.from_environ(environ),
            guests=_switch(environ, "GUESTS"),
            deadline=_seconds(environ, "DEADLINE_SECONDS", default="8"),
        )


@functools.cache
def settings() -> Settings:
    """The settings of this process, read on first use."""
    return Settings.from_environ(os.environ)


def _switch(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "").strip().lower()
    if value not in ("", "on", "off"):
        raise MisconfiguredError(name, "must be 'on' or 'off'.")
    return value == "on"


def _seconds(environ: Mapping[str, str], name: str, *, default: str) -> timedelta:
    text = environ.get(name, "").strip() or default
    seconds = float(text) if re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,3})?", text) else 0.0
    if not 0 < seconds <= MAX_DEADLINE_SECONDS:
        raise MisconfiguredError(name, f"must be a number above 0, up to {MAX_DEADLINE_SECONDS}.")
    return timedelta(seconds=seconds)
