"""Authenticates requests: HMAC with an access key, or the bearer token of a managed identity.

https://learn.microsoft.com/azure/communication-services/tutorials/hmac-header-tutorial
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

from acs_emulator.acs.access_keys import AccessKeys
from acs_emulator.acs.entra_tokens import EntraTokens
from acs_emulator.acs.errors import denied
from acs_emulator.clock import Clock

MAX_SKEW_SECONDS = 300
HMAC_AUTHORIZATION = re.compile(r"HMAC-SHA256 SignedHeaders=([^&]+)&Signature=(.+)")
BEARER = "Bearer "
_SKEW = (
    "The given request could not be resolved.\nThe time difference between the originating client"
    " and the server is greater than the allowed margin of 5 minutes."
)


@dataclass(frozen=True)
class RawRequest:
    """A request before authentication.

    Attributes:
        target: Path and query as they were sent, with their percent-encoding.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Authenticator:
    """Checks the ``Authorization`` header of requests to the resource."""

    def __init__(self, keys: AccessKeys, entra: EntraTokens, clock: Clock) -> None:
        self._keys = keys
        self._entra = entra
        self._clock = clock

    def authenticate(self, request: RawRequest) -> str | None:
        """Check the credential of a request.

        Returns:
            The name of the access key that signed the request; None for a bearer token.

        Raises:
            AcsError: The request has no credential, or a wrong one.
        """
        authorization = request.headers.get("Authorization", "")
        if authorization.startswith(BEARER):
            if not self._entra.allows_server(authorization.removeprefix(BEARER)):
                raise denied()
            return None
        if found := HMAC_AUTHORIZATION.fullmatch(authorization):
            return self._check_hmac(request, found[1].split(";"), found[2])
        raise denied()

    def _check_hmac(self, request: RawRequest, signed: list[str], signature: str) -> str:
        names = {name.lower() for name in signed}
        if not {"host", "x-ms-content-sha256"} <= names or not {"x-ms-date", "date"} & names:
            raise denied()
        # The async Python SDK signs the decoded target, all others sign the raw one.
        targets = {request.target, unquote(request.target)}
        signers = (self._signer(request, target, signed, signature) for target in targets)
        signer = next(filter(None, signers), None)
        if signer is None:
            raise denied()
        date = request.headers.get("x-ms-date" if "x-ms-date" in names else "date", "")
        if abs(self._clock() - _parse_date(date)) > MAX_SKEW_SECONDS:
            raise denied(_SKEW)
        content_hash = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
        if request.headers.get("x-ms-content-sha256") != content_hash:
            raise denied("Request 'x-ms-content-sha256' differs from generated content hash.")
        return signer

    def _signer(
        self, request: RawRequest, target: str, signed: list[str], signature: str
    ) -> str | None:
        values = ";".join(request.headers.get(name, "") for name in signed)
        text = f"{request.method.upper()}\n{target}\n{values}"
        return self._keys.name_of_signer(text, signature)


def _parse_date(date: str) -> float:
    """Return an HTTP date in seconds since 1970; 0 if it is not a date."""
    try:
        return parsedate_to_datetime(date).replace(tzinfo=UTC).timestamp()
    except (OverflowError, ValueError):
        return 0.0
