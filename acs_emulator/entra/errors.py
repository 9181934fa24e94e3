"""The error responses of Entra. Where Entra has several codes for an error, one was chosen.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass
class EntraError(Exception):
    """An error response.

    Attributes:
        code: The number after ``AADSTS``.
        error: OAuth's error code.
        suberror: What the client should do, if Entra says so.
        claims: The claims challenge, JSON: what the next sign-in must request.
    """

    code: int
    error: str
    message: str
    status: int = 400
    suberror: str | None = None
    claims: str | None = None

    @property
    def description(self) -> str:
        return f"AADSTS{self.code}: {self.message}"

    def body(self, correlation_id: str, now: float) -> dict[str, object]:
        """Return the fields of the JSON response.

        Args:
            correlation_id: The client's id of its request.
            now: Seconds since 1970.
        """
        timestamp = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%SZ}"
        trace_id = str(uuid.uuid4())
        fields: dict[str, object] = {
            "error": self.error,
            "error_description": (
                f"{self.description} Trace ID: {trace_id}"
                f" Correlation ID: {correlation_id} Timestamp: {timestamp}"
            ),
            "error_codes": [self.code],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
        }
        optional = {"suberror": self.suberror, "claims": self.claims}
        return fields | {name: value for name, value in optional.items() if value}


def missing(parameter: str) -> EntraError:
    """A parameter is missing or empty."""
    return EntraError(
        900144,
        "invalid_request",
        f"The request body must contain the following parameter: '{parameter}'.",
    )


def unknown_tenant(segment: str) -> EntraError:
    """The path does not name a tenant of the emulator."""
    return EntraError(
        90002,
        "invalid_tenant",
        f"Tenant '{segment}' not found. Check to make sure you have the correct tenant ID and are"
        " signing into the correct cloud.",
    )


def unknown_client(client_id: str) -> EntraError:
    """The client id is not a GUID. Every GUID is a registered client."""
    return EntraError(
        700016,
        "unauthorized_client",
        f"Application with identifier '{client_id}' was not found in the directory.",
    )


def unknown_user(name: str) -> EntraError:
    """No user with this name may sign in at this path."""
    message = f"The user account {name} does not exist in the directory."
    return EntraError(50034, "invalid_grant", message)


def invalid_grant(code: int, message: str) -> EntraError:
    """The code, token or password is not valid, or not for this client."""
    return EntraError(code, "invalid_grant", message)


def invalid_client(code: int, message: str) -> EntraError:
    """The client's credential is missing or not valid."""
    return EntraError(code, "invalid_client", message, status=401)


def needs_interaction(resource: str) -> EntraError:
    """The user must sign in again with a page, which gets the claims challenge."""
    return EntraError(
        50076,
        "interaction_required",
        "Due to a configuration change made by your administrator, or because you moved to a new"
        f" location, you must use multi-factor authentication to access '{resource}'.",
        suberror="basic_action",
        claims=(
            '{"access_token":{"capolids":{"essential":true,'
            '"values":["ca000000-0000-4000-8000-000000000005"]}}}'
        ),
    )
