"""What each field means, and an example of it, by its name in JSON."""

from typing import Any

from acs_tokens import __version__

RESOURCE = "226a54f1-5f2a-4c0e-9d8c-0f6c5f0f3a11"
USER_ID = f"8:acs:{RESOURCE}_00000001-9c4e-4d1c-8f4b-3a2b1c0d9e8f"
OBJECT_ID = "a11ce000-0000-4000-8000-000000000001"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.this-is-an-example.and-opens-nothing"  # noqa: S105

# Field → its meaning and an example.
FIELDS: dict[str, tuple[str, Any]] = {
    "userId": ("The ACS user id, `8:acs:…`.", USER_ID),
    "token": (
        "The access token, for Microsoft's SDKs. Its format may change: do not parse it.",
        TOKEN,
    ),
    "expiresOn": ("When the token ends: UTC, with milliseconds.", "2026-11-21T08:00:00.000Z"),
    "expiresIn": (
        "Whole seconds until the token ends, for a device with a wrong clock.",
        3599,
    ),
    "user": (
        "The identity as Microsoft's JavaScript SDKs take it.",
        {"communicationUserId": USER_ID},
    ),
    "communicationUserId": ("The ACS user id.", USER_ID),
    "endpoint": (
        "The URL of the ACS resource, which a chat client needs.",
        "https://contoso.communication.azure.com",
    ),
    "guestHandle": (
        "The credential of this guest from now on, for the header X-Guest-Handle.",
        "eyJrIjoiazEiLCJ1IjoiZXhhbXBsZSJ9.c2lnbmF0dXJl",
    ),
    "scopes": ("What the token allows.", ["voip", "chat"]),
    "expiresInMinutes": ("How long the token lives, in minutes.", 60),
    "clientId": (
        "The application to which the Entra token was issued.",
        "90f3e6f2-3c1c-4bb1-9a57-0b1a3f9d2c44",
    ),
    "userObjectId": ("The user to whom the Entra token was issued.", OBJECT_ID),
    "status": ("What was found.", "alive"),
    "version": ("The version of this service.", __version__),
    "checks": ("The result of each check, by what was checked.", {"acs": {"ok": True}}),
    "ok": ("Whether the check succeeded.", True),
    "detail": ("What is wrong and what to do.", "Not needed."),
    "state": ("The state of the circuit breaker: closed, open or half-open.", "closed"),
    "clockDifferenceSeconds": ("How far the clock of ACS is ahead of this service's.", 0),
}
TEAMS_USER = ("The id of the Teams user, `8:orgid:…`.", f"8:orgid:{OBJECT_ID}")
# Where a model gives a field another meaning or example.
FIELDS_OF: dict[str, dict[str, tuple[str, Any]]] = {
    "TeamsUserToken": {"userId": TEAMS_USER},
    "TeamsPageToken": {"userId": TEAMS_USER},
    "TeamsTokenRequest": {
        "token": (
            "The Teams user's Entra token, for Teams.ManageCalls or Teams.ManageChats of ACS.",
            TOKEN,
        )
    },
    "OwnTeamsTokenRequest": {
        "token": (
            "The signed-in user's Teams token. Without it the service gets one for the user.",
            TOKEN,
        )
    },
    "GuestTokenRequest": {
        "scopes": (
            "What the token allows. The default is `voip` for a new guest, or what the service"
            " allows to guests where that has no `voip`; for a known guest, the scopes of its"
            " first token.",
            ["voip", "chat"],
        )
    },
    "Ready": {"status": (FIELDS["status"][0], "ready")},
}


def field(model: str, name: str) -> tuple[str, Any]:
    """Return what a field of a model means, and an example of it."""
    return FIELDS_OF.get(model, {}).get(name) or FIELDS[name]
