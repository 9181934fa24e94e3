"""Steps that go on when the request that began them ends early."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")


class Steps:
    """Runs steps that must not be left half-way."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[object]] = set()

    async def to_the_end(self, step: Awaitable[Result]) -> Result:
        """Run a step to its end, even if the request is cancelled at its deadline."""
        task = asyncio.ensure_future(step)
        self._running.add(task)  # or the garbage collector may take it
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Result]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # or the event loop would log it, with the text of the SDK's errors
