"""Microsoft Graph: makes Teams meetings in the name of an organizer.

https://learn.microsoft.com/graph/api/application-post-onlinemeetings
"""

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import NoReturn

import aiohttp

from acs_tokens.entra.managed_identity import ManagedIdentity
from acs_tokens.http_client import new_session
from acs_tokens.problems import MeetingUnavailableError
from acs_tokens.settings.meeting import GRAPH, MeetingSettings

REQUEST_SECONDS = 6
MAX_RETRY_SECONDS = 300
REFUSED = (
    "Graph refuses to make a meeting for TEAMS_MEETING_ORGANIZER (403). Give this app's managed"
    " identity the permission OnlineMeetings.ReadWrite.All and an application access policy for the"
    " organizer."
)


class Graph:
    """Makes meetings, as this app's managed identity.

    Create it on the event loop that will use it, once per process.
    """

    def __init__(self, settings: MeetingSettings) -> None:
        self._url = f"{settings.graph}/v1.0/users/{settings.organizer}/onlineMeetings"
        self._session = new_session()
        # The audience is the public one everywhere but in the US government's cloud.
        scope = f"{settings.graph if settings.graph.endswith('.us') else GRAPH}/.default"
        self._identity = ManagedIdentity(settings.managed_identity_id, self._session, scope)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._identity.aclose()
        await self._session.close()

    async def create_meeting(self, starts_on: datetime, length: timedelta) -> str:
        """Make a meeting; return its link.

        Args:
            starts_on: When it begins, an aware datetime.
            length: How long it lasts.

        Raises:
            MeetingUnavailableError: Graph refuses or fails. A meeting that nobody knows of may have
                been made.
            EntraUnavailableError: This app's managed identity gets no token.
        """
        token = await self._identity.assertion()
        body = {
            "startDateTime": _text(starts_on),
            "endDateTime": _text(starts_on + length),
            "subject": "Meeting",
        }
        try:
            async with self._session.post(
                self._url,
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS),
            ) as response:
                if response.status != HTTPStatus.CREATED:
                    _refuse(response)
                return _link(await response.read())
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # A ValueError: the response is compressed, too large, or has an odd Retry-After.
            raise MeetingUnavailableError(
                log=f"No usable response from Graph: {type(error).__name__}."
            ) from None


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _link(content: bytes) -> str:
    try:
        link = json.loads(content)["joinWebUrl"]
    except (ValueError, RecursionError, TypeError, KeyError):
        link = None
    if not isinstance(link, str) or not link.isascii() or not link.startswith("https://"):
        raise MeetingUnavailableError(log="Graph's response holds no link of a meeting.")
    return link


def _refuse(response: aiohttp.ClientResponse) -> NoReturn:
    causes = {
        401: "Graph does not accept the token of this app's managed identity (401).",
        403: REFUSED,
        404: "Graph does not know TEAMS_MEETING_ORGANIZER (404).",
    }
    wait = response.headers.get("Retry-After", "")
    raise MeetingUnavailableError(
        log=causes.get(response.status, f"Graph responded with {response.status}."),
        retry_after=min(int(wait), MAX_RETRY_SECONDS) if wait.isdecimal() else None,
    )
