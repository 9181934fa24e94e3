"""Tasks that go on when the requests that wait for them end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


def begin(step: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    """Begin a step as a task. If it fails and nobody waits for it any more, that is not logged."""
    task = asyncio.create_task(step)
    task.add_done_callback(_take_note)
    return task


async def result_of(task: asyncio.Task[Result]) -> Result:
    """Wait for a task that `begin` returned; return its result, or raise its exception.

    The task goes on when the waiting request is cancelled.
    """
    # Not asyncio.shield: Python 3.14's logs the exception of a task that nobody waits for.
    await asyncio.wait([task])
    return task.result()


class SharedStep(Generic[Result]):
    """Runs one step for all who ask for it at the same time.

    Args:
        step: Begins the step.
    """

    def __init__(self, step: Callable[[], Coroutine[Any, Any, Result]]) -> None:
        self._step = step
        self._running: asyncio.Task[Result] | None = None

    async def result(self) -> Result:
        """Wait for the step that runs, or begin one; return its result, or raise its exception.

        A caller that gives up does not end the step of the others.
        """
        if self._running is None or self._running.done():
            self._running = begin(self._step())
        return await result_of(self._running)

    def cancel(self) -> None:
        """End the step that runs, if any."""
        if self._running:
            self._running.cancel()


def _take_note(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()  # or asyncio would log it, with the text of the SDK's errors
