"""What fields of bodies hold: scopes, ids, tokens, lifetimes and times."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

Scope = Literal["chat", "chat.join", "chat.join.limited", "voip", "voip.join"]
"""What an access token allows. The names are those of ACS REST 2023-10-01."""
DEFAULT_SCOPES: tuple[Scope, ...] = ("voip",)

MIN_LIFETIME_MINUTES = 60  # ACS REST 2023-10-01 refuses less
MAX_LIFETIME_MINUTES = 1440  # and more
GUEST_LIFETIME_MINUTES = 60

GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
"""A GUID, in either case."""
NIL_GUID = "00000000-0000-0000-0000-000000000000"
ACS_USER_ID = rf"8:(?:acs|dod-acs|gcch-acs):{GUID}(?:_{GUID}){{1,2}}"
"""The form of an identity's id: ``8:acs:<resource>_<user>``, also in the US government's clouds.

For a user of Teams Phone it is ``8:acs:<resource>_<tenant>_<user>``.
"""
INVITATION_ID = r"[0-9A-Za-z_-]{16}"
"""The form of an invitation's id."""
NOBODY = f"8:acs:{NIL_GUID}_{NIL_GUID}"
"""The id of an identity that no resource has."""

Guid = Annotated[str, StringConstraints(pattern=rf"^{GUID}$")]
EntraToken = Annotated[str, StringConstraints(pattern=r"^[!-~]+$")]
# Microsoft does not document the format of tokens, so any secret of plausible characters passes.
AccessToken = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9._~+/=-]*[A-Za-z][A-Za-z0-9._~+/=-]*$", min_length=32, max_length=8192
    ),
]


def _whole_number(value: object) -> object:
    # JSON has one kind of number: 295.0 is an integer to JSON Schema.
    return int(value) if isinstance(value, float) and value.is_integer() else value


# After the limits: pydantic would write limits that follow it into JSON Schema as ge and le.
WHOLE_NUMBER = BeforeValidator(_whole_number)
"""Lets a whole number also be written as ``60.0``."""
LifetimeMinutes = Annotated[
    int, Field(ge=MIN_LIFETIME_MINUTES, le=MAX_LIFETIME_MINUTES), WHOLE_NUMBER
]
"""How long a token lives, in minutes; a whole number, which may be written as ``60.0``."""


def _iso_time(value: object) -> datetime:
    # Not pydantic's own parser, which reads a number as seconds since 1970.
    if not isinstance(value, str):
        raise ValueError("not an ISO 8601 time")  # noqa: TRY004 pydantic handles only this one
    return datetime.fromisoformat(value)


def _is_near(expires_on: datetime) -> datetime:
    # ACS issues tokens for up to 24 h; one hour more allows for clocks that differ.
    if not timedelta() < expires_on - datetime.now(UTC) <= timedelta(hours=25):
        raise ValueError("in the past, or further away than a token lives")
    return expires_on


def _wire_time(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


WireTime = Annotated[
    AwareDatetime,
    PlainSerializer(_wire_time, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An aware datetime; on the wire ``2026-11-21T08:00:00.000Z``."""
ExpiresOn = Annotated[WireTime, BeforeValidator(_iso_time), AfterValidator(_is_near)]
"""When a token ends."""
