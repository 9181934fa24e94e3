"""One meeting that all who ask share: made once, by whichever process is asked first."""

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta

from acs_tokens.identities.meetings import Meeting, MeetingStore
from acs_tokens.meetings.graph import Graph
from acs_tokens.problems import Problem
from acs_tokens.tasks import SharedStep

# Longer than a meeting takes to make, identity and all; then the process is taken to have ended.
CLAIM = timedelta(seconds=30)
POLL_SECONDS = 0.1


class SharedMeeting:
    """Returns the present meeting, and makes one when there is none.

    A process that is about to make a meeting claims that in the store. The others wait.

    Args:
        graph: Makes meetings.
        store: Where the meeting is kept.
        length: How long a meeting lasts.
    """

    def __init__(self, graph: Graph, store: MeetingStore, length: timedelta) -> None:
        self._graph = graph
        self._store = store
        self._length = length
        self._last: Meeting | None = None
        self._step = SharedStep(self._find_or_make)

    async def current(self) -> Meeting:
        """Return the meeting. Callers at the same time share one look at the store.

        Raises:
            MeetingUnavailableError: Graph does not make it.
            EntraUnavailableError: This app's managed identity gets no token for Graph.
            IdentityStoreUnavailableError: The store fails.
        """
        if self._last and _is_on(self._last):
            return self._last
        self._last = await self._step.result()
        return self._last

    async def _find_or_make(self) -> Meeting:
        while True:
            known = await self._store.get()
            if known and _is_on(known):
                return known
            now = datetime.now(UTC)
            if known is None or known.claimed_until <= now:
                claim = Meeting("", now, now + self._length, now + CLAIM)
                if claimed := await self._store.replace(known, claim):
                    return await self._make(claimed)
            await asyncio.sleep(POLL_SECONDS)

    async def _make(self, claim: Meeting) -> Meeting:
        try:
            link = await self._graph.create_meeting(claim.starts_on, self._length)
        except Problem:
            await self._store.replace(
                claim, dataclasses.replace(claim, claimed_until=datetime.now(UTC))
            )
            raise
        # Nobody may make another one before this one ends.
        made = dataclasses.replace(claim, join_url=link, claimed_until=claim.ends_on)
        return await self._store.replace(claim, made) or made


def _is_on(meeting: Meeting) -> bool:
    return bool(meeting.join_url) and meeting.ends_on > datetime.now(UTC)
