"""What each field means, and an example of it, by its name in JSON."""

from typing import Any

from acs_tokens import __version__

RESOURCE = "226a54f1-5f2a-4c0e-9d8c-0f6c5f0f3a11"
USER_ID = f"8:acs:{RESOURCE}_00000001-9c4e-4d1c-8f4b-3a2b1c0d9e8f"
OBJECT_ID = "a11ce000-0000-4000-8000-000000000001"
TENANT_ID = "c0450000-0000-4000-8000-000000000001"
INVITATION_ID = "Jb5cQ0o2kT1xW7aN"
INVITATION = "eyJrIjoiazEiLCJqdGkiOiJleGFtcGxlIn0.c2lnbmF0dXJl"
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
    "tenantId": ("The tenant of a user of Entra.", TENANT_ID),
    "objectId": ("The object id of a user of Entra.", OBJECT_ID),
    "issuer": ("The OpenID Connect provider of a user of another one than Entra.", None),
    "subject": ("The user's id at that provider.", None),
    "invitationId": ("The `id` of an invitation.", INVITATION_ID),
    "id": ("The name of the invitation for the backend.", INVITATION_ID),
    "invitation": ("A secret for those who are invited.", INVITATION),
    "url": (
        "The page for guests with the invitation; left out where the settings name no page.",
        f"https://contoso.example/call#invitation={INVITATION}",
    ),
    "guests": ("How many guests may use the invitation; left out for any number.", 3),
    "usesLeft": ("How many guests may still come; left out where any number may.", 2),
    "withdrawn": ("Whether nobody may use the invitation any more.", False),
    "label": ("The note of the backend that made the invitation.", "Team call"),
    "maxMinutes": (
        "The longest that the guests' tokens may live, in minutes. The default is what the"
        " service allows to guests.",
        60,
    ),
    "joinUrl": (
        "The link of the Teams meeting.",
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_example%40thread.v2/0",
    ),
    "startsOn": (
        "When the meeting begins: UTC, with milliseconds. Left out for a fixed link.",
        "2026-11-21T08:00:00.000Z",
    ),
    "endsOn": (
        "When the meeting ends: UTC, with milliseconds. Left out for a fixed link.",
        "2026-11-21T09:00:00.000Z",
    ),
    "bannedOn": ("When the ban was made: UTC, with milliseconds.", "2026-11-20T08:00:00.000Z"),
    "until": (
        "When the ban ends by itself: UTC, with milliseconds. Left out if it never does.",
        "2026-11-21T08:00:00.000Z",
    ),
    "untilMinutes": ("For how many minutes. Without it, for ever.", 1440),
    "reason": ("A note, which only the backend reads.", "Shouted at everybody"),
    "status": ("What was found.", "alive"),
    "version": ("The version of this service.", __version__),
    "checks": ("The result of each check, by what was checked.", {"acs": {"ok": True}}),
    "ok": ("Whether the check succeeded.", True),
    "detail": ("What is wrong and what to do.", "Not needed."),
    "state": ("The state of the circuit breaker: closed, open or half-open.", "closed"),
    "clockDifferenceSeconds": ("How far the clock of ACS is ahead of this service's.", 0),
}
GUEST_SCOPES = (
    "What the token allows. The default is `voip` for a new guest, or what the service allows to"
    " guests where that has no `voip`; for a known guest, the scopes of its first token.",
    ["voip", "chat"],
)
INVITATION_EXPIRES = (
    "Until when new guests may use the invitation: UTC, with milliseconds.",
    "2026-11-21T08:00:00.000Z",
)
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
    "GuestTokenRequest": {"scopes": GUEST_SCOPES},
    "NewGuestRequest": {
        "scopes": GUEST_SCOPES,
        "invitation": (
            "A new guest's invitation, which is needed with `GUESTS=invited`. It is not looked at"
            " when a guest handle is sent.",
            None,
        ),
    },
    "InvitationRequest": {
        "scopes": (
            "The most that the guests' tokens may allow. The default is what the service allows to"
            " guests.",
            ["voip"],
        ),
        "expiresInMinutes": ("How long new guests may use the invitation, in minutes.", 1440),
        "guests": ("How many guests may use the invitation; `null` for any number.", 3),
        "label": ("A note, which only get_invitation returns.", "Team call"),
    },
    "NewInvitation": {"expiresOn": INVITATION_EXPIRES},
    "InvitationDetails": {"expiresOn": INVITATION_EXPIRES},
    "Ready": {"status": (FIELDS["status"][0], "ready")},
}


def field(model: str, name: str) -> tuple[str, Any]:
    """Return what a field of a model means, and an example of it."""
    return FIELDS_OF.get(model, {}).get(name) or FIELDS[name]
