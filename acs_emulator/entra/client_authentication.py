"""Authenticates clients: by secret, by managed identity or by certificate.

Every GUID is a registered client, and all clients have the same secret.
https://learn.microsoft.com/entra/identity-platform/certificate-credentials
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from acs_emulator.entra.errors import invalid_client, missing, unknown_client
from acs_emulator.entra.provider import Entra
from acs_emulator.guid import GUID
from acs_emulator.signing import Claims

CLIENT_SECRET = "emulator-secret"  # noqa: S105 - public; the secret of every client
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CERTIFICATE_ALGORITHMS = ("RS256", "PS256")
MAX_SKEW_SECONDS = 300


@dataclass(frozen=True)
class Client:
    """A client, and how it authenticated.

    Attributes:
        method: "0" not at all, "1" by secret, "2" by assertion: the claim ``azpacr``.
    """

    id: str
    method: str

    @property
    def is_confidential(self) -> bool:
        return self.method != "0"


def client_id(form: Mapping[str, str]) -> str:
    """Return the client's id, in lower case.

    Raises:
        EntraError: It is missing, or not a GUID.
    """
    value = form.get("client_id", "")
    if not value:
        raise missing("client_id")
    if not GUID.fullmatch(value):
        raise unknown_client(value)
    return value.lower()


def authenticate(entra: Entra, form: Mapping[str, str], audience: str) -> Client:
    """Authenticate the client of a request. One that sends no credential is a public client.

    Args:
        audience: The audience that the assertion of a certificate must have.

    Raises:
        EntraError: The client id is not a GUID, or the credential is not valid.
    """
    client = client_id(form)
    if "client_secret" in form:
        if form["client_secret"] != CLIENT_SECRET:
            raise invalid_client(
                7000215,
                "Invalid client secret provided. Ensure the secret being sent in the request is"
                " the client secret value, not the client secret ID.",
            )
        return Client(client, "1")
    if "client_assertion" in form:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise missing("client_assertion_type")
        assertion = form["client_assertion"]
        if not entra.accepts_federated(assertion):
            _check_certificate(assertion, client, audience, entra.clock())
        return Client(client, "2")
    return Client(client, "0")


def require_credential(client: Client) -> None:
    """Refuse public clients.

    Raises:
        EntraError: The client sent no credential.
    """
    if not client.is_confidential:
        raise invalid_client(
            7000218,
            "The request body must contain the following parameter: 'client_assertion' or"
            " 'client_secret'.",
        )


def _check_certificate(assertion: str, client: str, audience: str, now: float) -> None:
    """Check an assertion, except its signature: the emulator has no registered certificates."""
    claims = _read_unverified(assertion)
    if claims is None:
        raise invalid_client(50027, "JWT token is invalid or malformed.")
    if any(str(claims.get(name)).lower() != client for name in ("iss", "sub")):
        raise invalid_client(
            700021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        )
    if claims.get("aud") != audience:
        raise invalid_client(700023, "Client assertion audience claim does not match.")
    begin, end = claims.get("nbf", 0), claims.get("exp")
    if not isinstance(end, int | float) or not isinstance(begin, int | float):
        raise invalid_client(50027, "JWT token is invalid or malformed.")
    if end <= now or begin > now + MAX_SKEW_SECONDS:
        raise invalid_client(700024, "Client assertion is not within its valid time range.")


def _read_unverified(token: str) -> Claims | None:
    """Return the claims of a JWT without checking its signature; None if it is not a JWT."""
    try:
        encoded_header, encoded_claims, signature = token.split(".")
        header, claims = (
            json.loads(base64.b64decode(f"{part}==", altchars=b"-_"))
            for part in (encoded_header, encoded_claims)
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return None
    return claims if header.get("alg") in CERTIFICATE_ALGORITHMS and signature else None
