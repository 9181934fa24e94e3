"""The Teams meeting that guests came for: a fixed link, or one that Microsoft Graph makes."""

import re
from typing import Self

from pydantic import BaseModel, ConfigDict

from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings.environ import Environ, mutually_exclusive

GRAPH = "https://graph.microsoft.com"
GRAPHS = (GRAPH, "https://graph.microsoft.us")
MAX_MINUTES = 24 * 60


class MeetingSettings(BaseModel):
    """The meeting: at most one of the first two is set.

    Attributes:
        url: A fixed link.
        organizer: The object id of the user in whose name Graph makes meetings.
        minutes: How long a meeting lasts, and is shared by all who ask.
        graph: Graph's address, without a slash at the end.
        managed_identity_id: The client id of a user-assigned managed identity; None for the
            system-assigned one.
    """

    model_config = ConfigDict(frozen=True)

    url: str | None = None
    organizer: str | None = None
    minutes: int = 60
    graph: str = GRAPH
    managed_identity_id: str | None = None

    @classmethod
    def from_environ(cls, environ: Environ) -> Self:
        """Read the settings; neither link nor organizer means that there is no meeting.

        Raises:
            MisconfiguredError: One is wrong, or two exclude each other, or Graph's address is for a
                developer's machine and this is not one.
        """
        url, organizer = environ.text("TEAMS_MEETING_URL"), environ.text("TEAMS_MEETING_ORGANIZER")
        if url and organizer:
            raise mutually_exclusive("TEAMS_MEETING_URL", "TEAMS_MEETING_ORGANIZER")
        if url and not re.fullmatch(r"https://[!-~]+", url):
            raise MisconfiguredError("TEAMS_MEETING_URL", "must be the https:// link of a meeting.")
        identity = environ.text("AZURE_CLIENT_ID") if organizer else ""
        return cls(
            url=url or None,
            organizer=environ.guid("TEAMS_MEETING_ORGANIZER", organizer) if organizer else None,
            minutes=environ.whole_number("TEAMS_MEETING_MINUTES", 60, low=5, high=MAX_MINUTES),
            graph=environ.cloud("GRAPH_ENDPOINT", GRAPHS),
            managed_identity_id=environ.guid("AZURE_CLIENT_ID", identity) if identity else None,
        )
