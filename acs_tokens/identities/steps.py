"""Steps that go on when the request that began them ends early."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from acs_tokens.tasks import begin, result_of

Result = TypeVar("Result")


class Steps:
    """Runs steps that must not be left half-way."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    async def to_the_end(self, step: Coroutine[Any, Any, Result]) -> Result:
        """Run a step to its end, even if the request is cancelled at its deadline."""
        task = begin(step)
        self._running.add(task)  # or the garbage collector may take it
        task.add_done_callback(self._running.discard)
        return await result_of(task)
