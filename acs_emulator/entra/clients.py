"""Who a client is, and how it proves it: a secret, its managed identity, a certificate.

Every GUID is a registered client, and all have the same secret.
https://learn.microsoft.com/entra/identity-platform/certificate-credentials
"""

from collections.abc import Mapping

from acs_emulator.acs.identities import GUID
from acs_emulator.entra.errors import invalid_client, missing, unknown_client
from acs_emulator.entra.provider import Entra
from acs_emulator.entra.tokens import Client
from acs_emulator.tokens import read_unverified

CLIENT_SECRET = "emulator-secret"  # noqa: S105 - of every client; public
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CERTIFICATE_ALGORITHMS = ("RS256", "PS256")


def client_id(form: Mapping[str, str]) -> str:
    """The client's id, in lower case.

    Raises:
        EntraError: It is missing, or no GUID.
    """
    value = form.get("client_id", "")
    if not value:
        raise missing("client_id")
    if not GUID.fullmatch(value):
        raise unknown_client(value)
    return value.lower()


def authenticate(entra: Entra, form: Mapping[str, str], audiences: tuple[str, ...]) -> Client:
    """Return the client; without a proof it is a public one.

    Args:
        audiences: What a certificate's assertion may be addressed to.

    Raises:
        EntraError: The client id is no GUID, or the proof does not hold.
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
            _check_certificate(assertion, client, audiences, entra.clock())
        return Client(client, "2")
    return Client(client, "0")


def require_proof(client: Client) -> None:
    """Let only clients pass that proved themselves.

    Raises:
        EntraError: This one did not.
    """
    if client.strength == "0":
        raise invalid_client(
            7000218,
            "The request body must contain the following parameter: 'client_assertion' or"
            " 'client_secret'.",
        )


def _check_certificate(assertion: str, client: str, audiences: tuple[str, ...], now: float) -> None:
    """Check all of an assertion but its signature: no certificate was ever registered here."""
    claims = read_unverified(assertion, CERTIFICATE_ALGORITHMS)
    if claims is None:
        raise invalid_client(50027, "JWT token is invalid or malformed.")
    if any(str(claims.get(name)).lower() != client for name in ("iss", "sub")):
        raise invalid_client(
            700021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        )
    if claims.get("aud") not in audiences:
        raise invalid_client(700023, "Client assertion audience claim does not match.")
    begin, end = claims.get("nbf", 0), claims.get("exp")
    if not isinstance(end, int | float) or not isinstance(begin, int | float):
        raise invalid_client(50027, "JWT token is invalid or malformed.")
    if end <= now or begin > now + 300:
        raise invalid_client(700024, "Client assertion is not within its valid time range.")
