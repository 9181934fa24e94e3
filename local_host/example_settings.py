"""Which of the example settings do not go together with variables of the environment."""

from collections.abc import Mapping

from acs_tokens.settings.acs import ACCESS_KEY, CONNECTION_STRING, ENDPOINT

# The emulator makes the meeting, through the ports of the example's ACS_CONNECTION_STRING and
# ENTRA_AUTHORITY, and lets the app in with a managed identity that no storage account accepts.
OWN_MEETING = (
    *(*CONNECTION_STRING, *ENDPOINT, "ENTRA_AUTHORITY", "ENTRA_CLIENT_ID"),
    *("TEAMS_MEETING_URL", "TEAMS_MEETING_ORGANIZER", "IDENTITY_TABLE_ENDPOINT"),
)
# All settings whose names begin with the first value are left out if the environment has one of the
# others.
GROUPS = (
    *((name, OWN_MEETING) for name in ("TEAMS_", "GRAPH_", "IDENTITY_ENDPOINT", "IDENTITY_HEADER")),
    (CONNECTION_STRING[0], (*CONNECTION_STRING, *ENDPOINT, *ACCESS_KEY)),
    ("ENTRA_", ("ENTRA_CLIENT_ID",)),
    ("IDENTITY_SQLITE", ("IDENTITY_TABLE_ENDPOINT", "IDENTITY_TABLE_CONNECTION_STRING")),
)


def fitting(example: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the example settings that go together with the environment.

    Args:
        example: The values of local.settings.json.example.
        environ: The variables of the environment; an empty one counts as not set.
    """
    values = dict(example)
    for prefix, names in GROUPS:
        if any(map(environ.get, names)):
            values = {name: value for name, value in values.items() if not name.startswith(prefix)}
    return values
