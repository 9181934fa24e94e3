"""An admission that lets every guest in."""

from acs_tokens.access.guest_admission import GuestAdmission
from acs_tokens.access.invitations import Invitations
from acs_tokens.access.rate_limits import RateLimits
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.rate_limits import RateLimitSettings


def everybody() -> GuestAdmission:
    """Return the admission of an app that has no bans and asks for no invitation."""

    def none_are_brought() -> Invitations:
        raise AssertionError("a guest brought an invitation")

    return GuestAdmission(
        RateLimits(RateLimitSettings.from_environ(Environ({}))),
        bans=None,
        invitations=none_are_brought,
        invited_only=False,
    )
