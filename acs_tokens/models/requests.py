"""Bodies of requests: strict, because callers must learn what they got wrong."""

from datetime import timedelta
from typing import Annotated, get_args

from pydantic import Field

from acs_tokens.models.values import (
    DEFAULT_SCOPES,
    GUEST_LIFETIME_MINUTES,
    MAX_LIFETIME_MINUTES,
    WHOLE_NUMBER,
    EntraToken,
    Guid,
    LifetimeMinutes,
    Scope,
)
from acs_tokens.models.wire import Wire

MAX_INVITED = 10_000  # guests
MAX_INVITATION_MINUTES = 366 * 24 * 60  # a year
MAX_LABEL_LENGTH = 200
MAX_BAN_MINUTES = 10 * 366 * 24 * 60  # ten years
MAX_REASON_LENGTH = 500


class NoBody(Wire, strict=True):
    """The body of a route that takes none: empty, or an empty object."""


class TokenRequest(Wire, strict=True):
    """What the access token should allow, and for how long: 60 to 1440 minutes."""

    # A factory, because pydantic makes a deep copy of a list for each request. The default for the
    # description of the API must then be stated besides.
    scopes: list[Scope] = Field(
        default_factory=lambda: [*DEFAULT_SCOPES],
        min_length=1,
        max_length=len(get_args(Scope)),
        json_schema_extra={"default": [*DEFAULT_SCOPES]},
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


class InvitationRequest(Wire, strict=True):
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
    guests: Annotated[int, Field(ge=1, le=MAX_INVITED), WHOLE_NUMBER] | None = 1
    expires_in_minutes: Annotated[int, Field(ge=1, le=MAX_INVITATION_MINUTES), WHOLE_NUMBER]
    label: str | None = Field(default=None, max_length=MAX_LABEL_LENGTH, repr=False)


class TeamsTokenRequest(Wire, strict=True):
    """A Teams user's Entra token, with the application and the user it must have been issued to."""

    token: EntraToken = Field(repr=False)
    client_id: Guid
    user_object_id: Guid


class OwnTeamsTokenRequest(Wire, strict=True):
    """A signed-in user's Teams token; without it the service gets one on behalf of the user."""

    token: EntraToken | None = Field(default=None, repr=False)


class BanRequest(Wire, strict=True):
    """For how long somebody is banned, and why.

    Attributes:
        until_minutes: Minutes from now, at most ten years of them; None bans for ever.
        reason: A note for the backend, which nobody else is shown.
    """

    until_minutes: Annotated[int, Field(ge=1, le=MAX_BAN_MINUTES), WHOLE_NUMBER] | None = None
    reason: str | None = Field(default=None, max_length=MAX_REASON_LENGTH, repr=False)
