"""Bodies of responses; what ACS gave is validated in them."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints

from acs_tokens.models.values import ACS_USER_ID, GUID, AccessToken, ExpiresOn, WireTime
from acs_tokens.models.wire import Wire


class Identity(Wire):
    """An ACS identity."""

    user_id: Annotated[str, StringConstraints(pattern=rf"^{ACS_USER_ID}$")]


class PersonIds(Wire):
    """A person who has signed in: with Entra, or with another OpenID Connect provider.

    Attributes:
        tenant_id, object_id: The ids of a user of Entra.
        issuer, subject: Those of a user of another provider.
    """

    tenant_id: str | None = None
    object_id: str | None = None
    issuer: str | None = None
    subject: str | None = None


class BanDetails(Wire):
    """A ban, as the backend sees it.

    Attributes:
        banned_on: When it was made.
        until: When it ends by itself; None if it never does.
        reason: A note of the backend that made it.
    """

    banned_on: WireTime
    until: WireTime | None = None
    reason: str | None = Field(default=None, repr=False)


class NewInvitation(Wire):
    """An invitation for guests, and its link where the settings name a page."""

    invitation: str = Field(repr=False)
    id: str
    expires_on: WireTime
    url: str | None = Field(default=None, repr=False)


class InvitationDetails(Wire):
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


class MeetingLink(Wire):
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


class CommunicationUser(Wire):
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
