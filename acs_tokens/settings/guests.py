"""What guests may do, and the keys for their handles."""

import re
from datetime import timedelta
from typing import Self, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretBytes

from acs_tokens.models.values import (
    DEFAULT_SCOPES,
    GUEST_LIFETIME_MINUTES,
    MAX_LIFETIME_MINUTES,
    MIN_LIFETIME_MINUTES,
    Scope,
)
from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.acs import is_loopback
from acs_tokens.settings.environ import Environ
from acs_tokens.settings.keys import GENERATE, decode_base64, hmac_form

KEYS = "GUEST_HANDLE_KEYS"
EXAMPLE_KEY = b"the key of the example settings, which Azure refuses"


class HandleKey(BaseModel):
    """A key for signing guest handles, and the id by which a handle names it."""

    model_config = ConfigDict(frozen=True)

    id: str
    secret: SecretBytes


class GuestSettings(BaseModel):
    """Settings for guests.

    Attributes:
        admitted: Whether visitors who are not signed in get tokens at all.
        invited_only: Whether a new one needs an invitation.
        page: The page that invitations lead to, without a fragment; None for no links to it.
        scopes: The scopes that their tokens may have.
        max_lifetime: The longest lifetime that their tokens may have: 1 to 24 hours.
        keys: The first signs handles; all of them verify.
        retention: How long a guest's identity is kept after its last request; None keeps it
            for ever.
    """

    model_config = ConfigDict(frozen=True)

    admitted: bool
    invited_only: bool = False
    page: str | None = None
    scopes: tuple[Scope, ...]
    max_lifetime: timedelta
    keys: tuple[HandleKey, ...]
    retention: timedelta | None

    @property
    def max_minutes(self) -> int:
        """The longest lifetime in minutes."""
        return self.max_lifetime // timedelta(minutes=1)

    @classmethod
    def from_environ(cls, environ: Environ) -> Self:
        """Read the settings.

        Raises:
            MisconfiguredError: One is wrong, or guests are admitted without keys, or a key is the
                example's and this is no developer's machine.
        """
        guests = environ.choice("GUESTS", ("off", "on", "invited"))
        admitted = guests != "off"
        keys = tuple(_key(environ, part) for part in environ.items(KEYS))
        if admitted and not keys:
            raise MisconfiguredError(
                KEYS, "is not set, but GUESTS is on. Set it to <id>:<base64 of 32 random bytes>."
            )
        forms = {hmac_form(key.secret.get_secret_value()) for key in keys}
        if len({key.id for key in keys}) < len(keys) or len(forms) < len(keys):
            raise MisconfiguredError(KEYS, "holds a key or a key id twice.")
        minutes = environ.whole_number(
            "GUEST_MAX_MINUTES",
            GUEST_LIFETIME_MINUTES,
            low=MIN_LIFETIME_MINUTES,
            high=MAX_LIFETIME_MINUTES,
        )
        return cls(
            admitted=admitted,
            invited_only=guests == "invited",
            page=_page(environ),
            scopes=_scopes(environ),
            max_lifetime=timedelta(minutes=minutes),
            keys=keys,
            retention=_retention(environ),
        )


def _page(environ: Environ) -> str | None:
    text = environ.text("INVITATION_PAGE")
    if not text:
        return None
    try:
        url = urlsplit(text)
        host, _ = url.hostname or "", url.port  # the port is checked by being read
    except ValueError:
        raise MisconfiguredError("INVITATION_PAGE", "is not a valid URL.") from None
    if url.scheme == "http" and is_loopback(host):
        environ.require_development(
            "INVITATION_PAGE", "is on this machine. Set the page's address."
        )
    elif url.scheme != "https" or not host:
        raise MisconfiguredError("INVITATION_PAGE", "must be an https:// address.")
    if "#" in text or "@" in url.netloc or not re.fullmatch(r"[!-~]+", text):
        raise MisconfiguredError("INVITATION_PAGE", "must have no fragment, user name or blank.")
    return text


def _retention(environ: Environ) -> timedelta | None:
    if not environ.text("GUEST_RETENTION_DAYS"):
        return None
    return timedelta(days=environ.whole_number("GUEST_RETENTION_DAYS", 1, low=1, high=3650))


def _scopes(environ: Environ) -> tuple[Scope, ...]:
    scopes = environ.items("GUEST_SCOPES") or DEFAULT_SCOPES
    if unknown := set(scopes) - set(get_args(Scope)):
        raise MisconfiguredError(
            "GUEST_SCOPES", f"must be among {', '.join(get_args(Scope))}; {len(unknown)} is not."
        )
    return scopes  # type: ignore[return-value] # checked above


def _key(environ: Environ, text: str) -> HandleKey:
    key_id, _, encoded = text.partition(":")
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", key_id):
        encoded = ""
    secret = decode_base64(encoded)
    if hmac_form(secret) == hmac_form(EXAMPLE_KEY):
        environ.require_development(KEYS, f"holds the public key of the example. {GENERATE}.")
    else:
        secret = environ.key(KEYS, encoded, form="<id>:")
    return HandleKey(id=key_id, secret=SecretBytes(secret))
