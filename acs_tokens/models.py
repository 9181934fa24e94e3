"""Bodies of requests and responses: strict in, camelCase on the wire, secrets out of repr."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

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


class _Wire(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        defer_build=True,  # until first use: most processes never use most models
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )


class NoBody(_Wire, strict=True):
    """The body of a route that takes none: empty, or an empty object."""


class TokenRequest(_Wire, strict=True):
    """What the access token should allow, and for how long: 60 to 1440 minutes."""

    # pydantic copies the default for each request
    scopes: list[Scope] = Field(
        default=[*DEFAULT_SCOPES], min_length=1, max_length=len(get_args(Scope))
    )
    expires_in_minutes: LifetimeMinutes = MAX_LIFETIME_MINUTES

    @property
    def lifetime(self) -> timedelta:
        return timedelta(minutes=self.expires_in_minutes)

    @property
    def names_scopes(self) -> bool:
        """Whether the caller named scopes, rather than leaving them to the default."""
        return "scopes" in self.model_fields_set


class GuestTokenRequest(TokenRequest):
    """The same for a guest, whose tokens live 60 minutes unless more is requested."""

    expires_in_minutes: LifetimeMinutes = GUEST_LIFETIME_MINUTES


class NewGuestRequest(GuestTokenRequest):
    """The same for a guest who may be new, and then may bring an invitation."""

    invitation: str | None = Field(default=None, repr=False)


class InvitationRequest(_Wire, strict=True):
    """What an invitation allows, and whom.

    Attributes:
        scopes: The most that the guests' tokens may allow; None for all that the settings allow.
        max_minutes: The longest that they may live; None for what the settings allow.
        guests: How many guests may use it; None for any number.
        expires_in_minutes: How long new guests may use it: up to a year.
        label: A note for the backend, which nobody else is shown.
    """

    scopes: list[Scope] | None = Field(default=None, min_length=1, max_length=len(get_args(Scope)))
    max_minutes: LifetimeMinutes | None = None
    guests: Annotated[int, Field(ge=1, le=10_000), WHOLE_NUMBER] | None = 1
    expires_in_minutes: Annotated[int, Field(ge=1, le=366 * 24 * 60), WHOLE_NUMBER]
    label: str | None = Field(default=None, max_length=200, repr=False)


class TeamsTokenRequest(_Wire, strict=True):
    """A Teams user's Entra token, with the application and the user it must have been issued to."""

    token: EntraToken = Field(repr=False)
    client_id: Guid
    user_object_id: Guid


class OwnTeamsTokenRequest(_Wire, strict=True):
    """A signed-in user's Teams token; without it the service gets one on behalf of the user."""

    token: EntraToken | None = Field(default=None, repr=False)


class BanRequest(_Wire, strict=True):
    """For how long somebody is banned, and why.

    Attributes:
        until_minutes: Minutes from now, at most ten years of them; None bans for ever.
        reason: A note for the backend, which nobody else is shown.
    """

    until_minutes: Annotated[int, Field(ge=1, le=10 * 366 * 24 * 60), WHOLE_NUMBER] | None = None
    reason: str | None = Field(default=None, max_length=500, repr=False)


class Identity(_Wire):
    """An ACS identity."""

    user_id: Annotated[str, StringConstraints(pattern=rf"^{ACS_USER_ID}$")]


class PersonIds(_Wire):
    """A person who has signed in: with Entra, or with another OpenID Connect provider.

    Attributes:
        tenant_id, object_id: The ids of a user of Entra.
        issuer, subject: Those of a user of another provider.
    """

    tenant_id: str | None = None
    object_id: str | None = None
    issuer: str | None = None
    subject: str | None = None


class BanDetails(_Wire):
    """A ban, as the backend sees it; the fields are those of `BanRequest` and of time."""

    banned_on: WireTime
    until: WireTime | None = None
    reason: str | None = Field(default=None, repr=False)


class NewInvitation(_Wire):
    """An invitation for guests, and its link where the settings name a page."""

    invitation: str = Field(repr=False)
    id: str
    expires_on: WireTime
    url: str | None = Field(default=None, repr=False)


class InvitationDetails(_Wire):
    """An invitation, as the backend sees it.

    Attributes:
        guests, uses_left: How many guests it is for, and how many may still come; None for any
            number.
    """

    id: str
    expires_on: WireTime
    guests: int | None = None
    uses_left: int | None = None
    withdrawn: bool
    label: str | None = Field(default=None, repr=False)


class MeetingLink(_Wire):
    """A Teams meeting; its times are known if this service made it."""

    join_url: str
    starts_on: WireTime | None = None
    ends_on: WireTime | None = None


class UserToken(Identity):
    """An access token of an ACS identity."""

    token: AccessToken = Field(repr=False)
    expires_on: ExpiresOn


class TeamsUserToken(UserToken):
    """An access token of a Teams user: ``8:orgid:<object id>``."""

    user_id: Annotated[str, StringConstraints(pattern=rf"^8:orgid:{GUID}$")]


class CommunicationUser(_Wire):
    """An identity in the form that Microsoft's web samples read."""

    communication_user_id: str


class PageToken(UserToken):
    """An access token with what a page needs besides.

    Attributes:
        expires_in: Whole seconds from now, for a device whose clock is wrong.
        endpoint: The ACS resource's, which a chat client needs.
    """

    expires_in: int
    user: CommunicationUser
    endpoint: str

    @classmethod
    def of(cls, token: UserToken, endpoint: str, **more: Any) -> Self:
        """Make one of a token that was validated when ACS issued it.

        Args:
            token: The token that was issued.
            endpoint: The ACS resource's URL.
            more: The fields that a subclass adds.
        """
        return cls.model_construct(
            **dict(token),
            expires_in=_seconds_left(token),
            user=CommunicationUser.model_construct(communication_user_id=token.user_id),
            endpoint=endpoint,
            **more,
        )


class TeamsPageToken(TeamsUserToken):
    """The same for a Teams user, who is no communication user."""

    expires_in: int
    endpoint: str

    @classmethod
    def of(cls, token: TeamsUserToken, endpoint: str) -> Self:
        """Make one of a token that was validated when ACS issued it.

        Args:
            token: The token that was issued.
            endpoint: The ACS resource's URL.
        """
        return cls.model_construct(
            **dict(token), expires_in=_seconds_left(token), endpoint=endpoint
        )


def _seconds_left(token: UserToken) -> int:
    return int((token.expires_on - datetime.now(UTC)).total_seconds())


class GuestToken(PageToken):
    """A guest's access token with the handle that authenticates the guest from now on."""

    guest_handle: str = Field(repr=False)
