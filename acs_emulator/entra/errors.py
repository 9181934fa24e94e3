"""Entra's error answers. Codes and words follow its list; where it has several, one is chosen.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass
class EntraError(Exception):
    """An error answer.

    Attributes:
        code: The number after ``AADSTS``.
        error: OAuth's word for it.
        suberror: What a client should do, if it makes a difference.
        claims: What the next request must ask for, JSON.
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
        """The members of the JSON answer."""
        timestamp = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%SZ}"
        trace_id = str(uuid.uuid4())
        members: dict[str, object] = {
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
        return members | {name: value for name, value in optional.items() if value}


def missing(parameter: str) -> EntraError:
    """A parameter is missing or empty."""
    return EntraError(
        900144,
        "invalid_request",
        f"The request body must contain the following parameter: '{parameter}'.",
    )


def unknown_tenant(segment: str) -> EntraError:
    """The path names no tenant of ours."""
    return EntraError(
        90002,
        "invalid_tenant",
        f"Tenant '{segment}' not found. Check to make sure you have the correct tenant ID and are"
        " signing into the correct cloud.",
    )


def unknown_client(client_id: str) -> EntraError:
    """The client id is no GUID; all GUIDs are taken for registered."""
    return EntraError(
        700016,
        "unauthorized_client",
        f"Application with identifier '{client_id}' was not found in the directory.",
    )


def unknown_user(name: str) -> EntraError:
    """Nobody of this name may sign in at this path."""
    message = f"The user account {name} does not exist in the directory."
    return EntraError(50034, "invalid_grant", message)


def invalid_grant(code: int, message: str) -> EntraError:
    """What is to be exchanged for a token does not count, or not for this client."""
    return EntraError(code, "invalid_grant", message)


def invalid_client(code: int, message: str) -> EntraError:
    """The client did not prove that it is the one it says."""
    return EntraError(code, "invalid_client", message, status=401)


def needs_interaction(resource: str) -> EntraError:
    """The user must be seen first; `claims` is what to pass on to the page that signs in."""
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
