"""What serves signed-in users."""

import functools
from typing import TYPE_CHECKING

from acs_tokens.dependencies.shared import bans, rate_limits, registry, service
from acs_tokens.problems import SignInOffError
from acs_tokens.settings import settings
from acs_tokens.settings.entra import EntraSettings

if TYPE_CHECKING:
    from acs_tokens.access.sign_in import SignIn
    from acs_tokens.access.signed_in_users import SignedInUsers
    from acs_tokens.access.teams_users import TeamsUsers


@functools.cache
def sign_in() -> "SignIn":
    """Return what authenticates signed-in users.

    Raises:
        SignInOffError: Sign-in is not set up.
    """
    from acs_tokens.access.sign_in import SignIn

    entra, providers = settings().entra, settings().providers
    if not entra and not providers:
        raise SignInOffError("This service is not set up for users who sign in.")
    return SignIn(entra, providers, rate_limits(), bans())


@functools.cache
def signed_in_users() -> "SignedInUsers":
    """Return what serves signed-in users."""
    from acs_tokens.access.signed_in_users import SignedInUsers

    return SignedInUsers(service(), registry())


@functools.cache
def teams_users() -> "TeamsUsers":
    """Return what serves signed-in users of Teams."""
    from acs_tokens.access.teams_users import TeamsUsers

    return TeamsUsers(service(), _entra())


def _entra() -> EntraSettings:
    entra = settings().entra
    if entra is None:
        raise SignInOffError("This service is not set up for users who sign in with Entra.")
    return entra
