"""What the local page makes of the settings: a text for each caller, and who can sign people in."""

from collections.abc import Mapping
from dataclasses import dataclass

from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings import Settings
from acs_tokens.settings.environ import Environ
from local_host.openid_provider import OpenIdProvider, read_openid_providers

BACKEND = "A backend reaches every identity. Without a scope, it makes an identity without a token."
NO_STORE = (
    " Bans, and invitations for a number of guests, need an identity store: set IDENTITY_SQLITE to"
    " the path of a file."
)
GUEST = {
    "off": "Guests are switched off. Set GUESTS to on or invited.",
    "on": "A visitor gets an identity and a handle for it. GUESTS=on: no invitation is needed, but"
    " one that is sent is checked and counted.",
    "invited": "A visitor with an invitation gets an identity and a handle for it. Make one as the"
    " backend.",
}
SIGNED_IN = "A signed-in person always gets the same identity."
NO_SIGN_IN = (
    "Nobody can sign in. Set ENTRA_TENANT_IDS and ENTRA_CLIENT_ID, or OIDC_ISSUER and"
    " OIDC_AUDIENCE, and an identity store."
)
WRONG = "A setting is wrong. The service names it at the top of the page."


@dataclass(frozen=True)
class PageOptions:
    """What the page says, and the providers that it offers.

    Attributes:
        about: A text for each tab: ``backend``, ``guest`` and ``me``.
        providers: The OpenID Connect providers besides Entra.
    """

    about: dict[str, str]
    providers: tuple[OpenIdProvider, ...]


def page_options(variables: Mapping[str, str]) -> PageOptions:
    """Read the service's settings for the page.

    With a wrong setting, the texts refer to the service's own message, which names the setting.

    Args:
        variables: The environment variables.
    """
    environ = Environ(variables)
    try:
        settings = Settings.from_environ(variables)
        providers = read_openid_providers(environ)
    except MisconfiguredError:
        return PageOptions(dict.fromkeys(("backend", "guest", "me"), WRONG), ())
    about = {
        "backend": BACKEND + ("" if settings.uses_identity_store else NO_STORE),
        "guest": GUEST[environ.choice("GUESTS", tuple(GUEST))],
        "me": SIGNED_IN if settings.entra or providers else NO_SIGN_IN,
    }
    return PageOptions(about, providers)
