"""Who has signed in, and the credential by which a request shows who it is from."""

import hashlib
import re
from dataclasses import dataclass, field

from acs_tokens.models.values import GUID


@dataclass(frozen=True)
class EntraUser:
    """A user of Entra, known by ids that never change and are never given to another user.

    Attributes:
        tenant_id: ``tid`` of the token, a GUID in lower case.
        object_id: ``oid`` of the token, a GUID in lower case; unique within the tenant.
    """

    tenant_id: str
    object_id: str

    @property
    def key(self) -> str:
        """``<tenant id>:<object id>``, which identifies the person."""
        return f"{self.tenant_id}:{self.object_id}"

    @property
    def store_key(self) -> tuple[str, str]:
        """The same for the identity store, without ``/``, ``\\``, ``#`` and ``?``."""
        return self.tenant_id, self.object_id


@dataclass(frozen=True)
class OidcUser:
    """A user of another OpenID Connect provider.

    Attributes:
        issuer: ``iss`` of the token, as the settings have it. It contains no space.
        subject: ``sub`` of the token: up to 255 ASCII characters, unique at the issuer.
    """

    issuer: str
    subject: str

    @property
    def key(self) -> str:
        """``<issuer> <subject>``, which identifies the person."""
        return f"{self.issuer} {self.subject}"

    @property
    def store_key(self) -> tuple[str, str]:
        """The same for the identity store: hashes, because both may contain any character.

        The first begins with ``oidc-``, which no tenant id does.
        """
        return f"oidc-{_hash(self.issuer)}", _hash(self.subject)


Person = EntraUser | OidcUser


@dataclass(frozen=True)
class SignInCredential:
    """What a request sends to show which user it is from; nothing of it is verified yet.

    Attributes:
        authorization: The ``Authorization`` header, ``Bearer <access token>``; "" if there is none.
        client_principal: App Service authentication's header, base64; "" if there is none.
    """

    authorization: str = field(default="", repr=False)
    client_principal: str = field(default="", repr=False)


def as_person(key: str) -> Person | None:
    """Return the person whose ``key`` it is; None if it is anything else, such as a user id."""
    issuer, separator, subject = key.partition(" ")
    if separator:
        return OidcUser(issuer, subject)
    tenant_id, _, object_id = key.partition(":")
    if all(re.fullmatch(GUID, each) for each in (tenant_id, object_id)):
        return EntraUser(tenant_id, object_id)
    return None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
