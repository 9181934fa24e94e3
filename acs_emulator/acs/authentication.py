"""Who may use the resource: HMAC with an access key, or a bearer token of the managed identity.

https://learn.microsoft.com/azure/communication-services/tutorials/hmac-header-tutorial
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

from acs_emulator.acs.access_keys import AccessKeys
from acs_emulator.acs.errors import denied
from acs_emulator.entra.provider import Entra

MAX_SKEW_SECONDS = 300
AUTHORIZATION = re.compile(r"HMAC-SHA256 SignedHeaders=([^&]+)&Signature=(.+)")
BEARER = "Bearer "
_SKEW = (
    "The given request could not be resolved.\nThe time difference between the originating client"
    " and the server is greater than the allowed margin of 5 minutes."
)


@dataclass(frozen=True)
class Received:
    """A request as it came over the wire; ``target`` is the raw path and query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Gate:
    """Lets in who proves that it may use the resource."""

    def __init__(self, keys: AccessKeys, entra: Entra) -> None:
        self._keys = keys
        self._entra = entra

    def check(self, request: Received) -> str | None:
        """Check the request's proof; return the name of the key that signed it, if one did.

        Raises:
            AcsError: It has none, or a wrong one.
        """
        authorization = request.headers.get("Authorization", "")
        if authorization.startswith(BEARER):
            if not self._entra.accepts_server(authorization.removeprefix(BEARER)):
                raise denied()
            return None
        if hmac_proof := AUTHORIZATION.fullmatch(authorization):
            return self._check_hmac(request, hmac_proof[1].split(";"), hmac_proof[2])
        raise denied()

    def _check_hmac(self, request: Received, signed: list[str], signature: str) -> str:
        names = {name.lower() for name in signed}
        if not {"host", "x-ms-content-sha256"} <= names or not {"x-ms-date", "date"} & names:
            raise denied()
        # The async Python SDK signs the decoded target, all others the raw one.
        targets = {request.target, unquote(request.target)}
        signers = (self._signer(request, target, signed, signature) for target in targets)
        signer = next(filter(None, signers), None)
        if signer is None:
            raise denied()
        date = request.headers.get("x-ms-date" if "x-ms-date" in names else "date", "")
        if abs(self._entra.clock() - _seconds(date)) > MAX_SKEW_SECONDS:
            raise denied(_SKEW)
        content_hash = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        if request.headers.get("x-ms-content-sha256") != content_hash:
            raise denied("Request 'x-ms-content-sha256' differs from generated content hash.")
        return signer

    def _signer(
        self, request: Received, target: str, signed: list[str], signature: str
    ) -> str | None:
        values = ";".join(request.headers.get(name, "") for name in signed)
        text = f"{request.method.upper()}\n{target}\n{values}"
        return self._keys.name_of_signer(text, signature)


def _seconds(date: str) -> float:
    """An HTTP date in seconds since 1970; the beginning of time for anything else."""
    try:
        return parsedate_to_datetime(date).replace(tzinfo=UTC).timestamp()
    except (OverflowError, ValueError):
        return datetime.min.replace(year=1970, tzinfo=UTC).timestamp()
