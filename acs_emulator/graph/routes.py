"""Makes Teams meetings that exist nowhere, with the responses and errors of Microsoft Graph.

https://learn.microsoft.com/graph/api/application-post-onlinemeetings
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from aiohttp import web

from acs_emulator.clock import Clock
from acs_emulator.signing import Claims

AUDIENCES = ("https://graph.microsoft.com", "https://graph.microsoft.com/")
MAX_A_MINUTE = 30  # of one organizer (chosen)
NO_POLICY = "No application access policy found for this app."


@dataclass
class GraphError(Exception):
    """An error response of Graph."""

    status: int
    code: str
    message: str
    retry_after: int | None = None


@dataclass(frozen=True)
class Organizer:
    """A user in whose name meetings can be asked for.

    Attributes:
        tenant_id: The user's tenant.
        grants_access: Whether an application access policy lets the managed identity make them.
    """

    tenant_id: str
    grants_access: bool


class GraphRoutes:
    """The routes of Graph.

    Args:
        verify: Checks the signature of Entra's tokens. Returns the claims, or None.
        organizers: The users, by their object ids in lower case.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        verify: Callable[[str], Claims | None],
        organizers: Mapping[str, Organizer],
        clock: Clock,
    ) -> None:
        self._verify = verify
        self._organizers = organizers
        self._clock = clock
        self._made: dict[str, list[float]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to the application."""
        return [web.post("/v1.0/users/{user}/onlineMeetings", self.create_meeting)]

    async def create_meeting(self, request: web.Request) -> web.Response:
        """Make a meeting, or respond with Graph's error."""
        try:
            self._authenticate(request.headers.get("Authorization", ""))
            user = request.match_info["user"].lower()
            organizer = self._organizer(user)
            starts, ends = _times(await request.read())
            self._throttle(user)
        except GraphError as error:
            return self._failure(request, error)
        return web.json_response(_meeting(user, organizer, starts, ends), status=201)

    def _authenticate(self, authorization: str) -> None:
        claims = self._verify(authorization.removeprefix("Bearer ")) or {}
        if claims.get("aud") not in AUDIENCES or claims["exp"] <= self._clock():
            raise GraphError(401, "InvalidAuthenticationToken", "Access token validation failure.")
        if claims.get("idtyp") != "app":
            raise GraphError(403, "Forbidden", NO_POLICY)

    def _organizer(self, user: str) -> Organizer:
        organizer = self._organizers.get(user)
        if organizer is None:
            raise GraphError(404, "UnknownError", "User not found.")
        if not organizer.grants_access:
            raise GraphError(403, "Forbidden", NO_POLICY)
        return organizer

    def _throttle(self, user: str) -> None:
        now = self._clock()
        recent = [moment for moment in self._made.get(user, []) if now - moment < 60]
        if len(recent) >= MAX_A_MINUTE:
            wait = max(1, round(60 - (now - recent[0])))
            raise GraphError(429, "TooManyRequests", "Too many requests.", wait)
        self._made[user] = [*recent, now]

    def _failure(self, request: web.Request, error: GraphError) -> web.Response:
        request_id = str(uuid.uuid4())
        body = {
            "error": {
                "code": error.code,
                "message": error.message,
                "innerError": {
                    "date": f"{datetime.fromtimestamp(self._clock(), UTC):%Y-%m-%dT%H:%M:%S}",
                    "request-id": request_id,
                    "client-request-id": request.headers.get("client-request-id", request_id),
                },
            }
        }
        wait = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        return web.json_response(body, status=error.status, headers=wait)


def _times(content: bytes) -> tuple[datetime, datetime]:
    try:
        body = json.loads(content)
        starts, ends = (
            datetime.fromisoformat(body[name]) for name in ("startDateTime", "endDateTime")
        )
        if starts >= ends:
            raise ValueError("the end is not after the start")
    except (ValueError, TypeError, KeyError, RecursionError):
        raise GraphError(400, "BadRequest", "Invalid startDateTime or endDateTime.") from None
    return starts, ends


def _meeting(
    user: str, organizer: Organizer, starts: datetime, ends: datetime
) -> dict[str, object]:
    thread = f"19:meeting_{uuid.uuid4().hex}@thread.v2"
    context = json.dumps({"Tid": organizer.tenant_id, "Oid": user}, separators=(",", ":"))
    return {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/onlineMeetings/$entity",
        "id": uuid.uuid4().hex,
        "startDateTime": _text(starts),
        "endDateTime": _text(ends),
        "joinWebUrl": "https://teams.microsoft.com/l/meetup-join/"
        f"{quote(thread, safe='')}/0?context={quote(context, safe='')}",
    }


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
