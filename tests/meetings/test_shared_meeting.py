"""The meeting that guests share, where Graph fails in odd ways."""

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from acs_emulator.ports import listen, port_of
from acs_emulator.server import serving
from acs_tokens.http_client import MAX_RESPONSE_BYTES
from acs_tokens.identities.sqlite.store import SqliteStore
from acs_tokens.meetings.graph import Graph
from acs_tokens.meetings.shared_meeting import SharedMeeting
from acs_tokens.problems import MeetingUnavailableError
from acs_tokens.settings.meeting import MeetingSettings
from tests.identities.stores import RESOURCE

LINK = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0"
MADE = f'{{"joinWebUrl": "{LINK}"}}'


@dataclass
class Azure:
    """The identity endpoint of an app, and a Graph.

    Attributes:
        failures: Graph's next responses, before it makes a meeting.
        asked: Whether a request has reached Graph.
        responds: Graph waits for this.
    """

    failures: list[web.Response] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    responds: asyncio.Event = field(default_factory=asyncio.Event)

    async def issue(self, request: web.Request) -> web.Response:
        """Issue a token of the managed identity."""
        fields = {
            "access_token": "a.token.x",
            "expires_on": str(int(time.time()) + 3600),
            "resource": request.query["resource"],
            "token_type": "Bearer",
        }
        return web.json_response(fields)

    async def make(self, request: web.Request) -> web.Response:
        """Make a meeting."""
        self.asked.set()
        await self.responds.wait()
        return self.failures.pop(0) if self.failures else web.Response(status=201, text=MADE)


@dataclass
class Deployment:
    """A shared meeting, with the store that it is kept in and the Azure that makes it."""

    azure: Azure
    store: SqliteStore
    meeting: SharedMeeting


@pytest.fixture
async def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployment]:
    azure, listener, app = Azure(), listen(0), web.Application()
    app.router.add_get("/msi/token", azure.issue)
    app.router.add_post("/v1.0/users/an-id/onlineMeetings", azure.make)
    url = f"http://127.0.0.1:{port_of(listener)}"
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "a header")
    async with serving(app, (listener, None)):
        graph = Graph(MeetingSettings(organizer="an-id", graph=url))
        store = SqliteStore(tmp_path / "identities.db", RESOURCE)
        yield Deployment(azure, store, SharedMeeting(graph, store.meetings, timedelta(hours=1)))
        await graph.aclose()
        await store.aclose()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Content-Encoding": "gzip"}, id="compressed"),
        pytest.param({"X-Size": "too large"}, id="too large"),
        pytest.param({"Retry-After": "9" * 5000}, id="a number of 5000 digits"),
    ],
)
async def test_an_odd_response_of_graph_keeps_nobody_from_the_next_meeting(
    deployment: Deployment, headers: dict[str, str]
) -> None:
    status = 503 if "Retry-After" in headers else 201
    size = MAX_RESPONSE_BYTES + 1 if "X-Size" in headers else 1
    odd = web.Response(status=status, body=bytes(size), headers=headers)
    deployment.azure.failures.append(odd)
    deployment.azure.responds.set()

    with pytest.raises(MeetingUnavailableError, match="Graph"):
        await deployment.meeting.current()

    known = await deployment.store.meetings.get()
    assert known
    assert known.claimed_until <= datetime.now(UTC)
    assert (await deployment.meeting.current()).join_url == LINK


async def test_a_failure_that_nobody_waits_for_any_more_is_not_logged(
    deployment: Deployment, caplog: pytest.LogCaptureFixture
) -> None:
    deployment.azure.failures.append(web.Response(status=500))
    request = asyncio.create_task(deployment.meeting.current())
    await deployment.azure.asked.wait()
    request.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await request
    making = [task for task in asyncio.all_tasks() if "_find_or_make" in str(task)]
    deployment.azure.responds.set()

    await asyncio.wait(making)
    del making
    await deployment.meeting.current()
    gc.collect()  # asyncio logs the failure of a task when it forgets the task

    assert [record for record in caplog.records if record.name == "asyncio"] == []
