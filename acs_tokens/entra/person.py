"""A user of Entra, and the credential by which a request shows who it is from."""

import re
from dataclasses import dataclass, field

from acs_tokens.models import GUID


@dataclass(frozen=True)
class Person:
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


def as_person(key: str) -> Person | None:
    """Return the person whose ``Person.key`` it is; None if it is anything else."""
    tenant_id, separator, object_id = key.partition(":")
    if not separator or not all(re.fullmatch(GUID, each) for each in (tenant_id, object_id)):
        return None
    return Person(tenant_id, object_id)


@dataclass(frozen=True)
class EntraCredential:
    """What a request sends to show which user of Entra it is from; nothing of it is verified yet.

    Attributes:
        authorization: The ``Authorization`` header, ``Bearer <access token>``; "" if there is none.
        client_principal: App Service authentication's header, base64; "" if there is none.
    """

    authorization: str = field(default="", repr=False)
    client_principal: str = field(default="", repr=False)
