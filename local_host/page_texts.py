"""What the local page says of the settings: what each caller can do, and what to set for more."""

from dataclasses import dataclass

from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.entra import EntraSettings
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.identity_store import IdentityStoreSettings
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
class PageTexts:
    """What the page says, and the providers that it offers.

    Attributes:
        about: A text for each tab: ``backend``, ``guest`` and ``me``.
        providers: The OpenID Connect providers besides Entra.
    """

    about: dict[str, str]
    providers: tuple[OpenIdProvider, ...]


def page_texts(environ: Environ) -> PageTexts:
    """Read the settings for the page.

    With a wrong setting, the texts refer to the service's own message, which names the setting.
    """
    try:
        guests = environ.choice("GUESTS", tuple(GUEST))
        has_store = IdentityStoreSettings.from_environ(environ) is not None
        providers = read_openid_providers(environ)
        signs_in = EntraSettings.from_environ(environ) is not None or bool(providers)
    except MisconfiguredError:
        return PageTexts(dict.fromkeys(("backend", "guest", "me"), WRONG), ())
    about = {
        "backend": BACKEND + ("" if has_store else NO_STORE),
        "guest": GUEST[guests],
        "me": SIGNED_IN if signs_in else NO_SIGN_IN,
    }
    return PageTexts(about, providers)
