"""A check, and its result."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from acs_tokens.problems import Problem

SECONDS = 20  # DNS and sign-ins take longest: several attempts of some seconds each


class FindingError(Exception):
    """A check failed.

    Args:
        detail: What is wrong; nothing secret.
        cure: What to do.
    """

    def __init__(self, detail: str, cure: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.cure = cure


@dataclass(frozen=True)
class Check:
    """A check.

    Attributes:
        name: What is checked.
        run: Returns what is worth knowing; raises `FindingError` or a `Problem`.
        cure: What to do about a `Problem`, and when there is no response.
    """

    name: str
    run: Callable[[], Awaitable[str]]
    cure: str = "The text says what to do."


@dataclass(frozen=True)
class Group:
    """Checks of one thing.

    Attributes:
        way: What has to work first, in order. After a failure the rest of the group is left out.
        then: Checks that need the way and nothing of each other.
    """

    way: Sequence[Check] = ()
    then: Sequence[Check] = ()


@dataclass(frozen=True)
class Result:
    """What a check found."""

    name: str
    ok: bool
    detail: str
    cure: str | None
    milliseconds: int


async def run_groups(
    groups: Iterable[Group], announce: Callable[[str], None]
) -> AsyncIterator[Result]:
    """Run checks, one after the other.

    Args:
        groups: The checks.
        announce: Is told the name of each check before it runs.
    """
    for group in groups:
        for check in (*group.way, *group.then):
            announce(check.name)
            result = await _run(check)
            yield result
            if not result.ok and check in group.way:
                break


async def _run(check: Check) -> Result:
    started = time.perf_counter()
    cure = None
    try:
        async with asyncio.timeout(SECONDS):
            detail = await check.run()
    except FindingError as finding:
        detail, cure = finding.detail, finding.cure
    except Problem as problem:
        detail, cure = str(problem), check.cure
    except TimeoutError:
        detail, cure = f"No response in {SECONDS} s.", check.cure
    milliseconds = round((time.perf_counter() - started) * 1000)
    return Result(check.name, cure is None, detail, cure, milliseconds)
