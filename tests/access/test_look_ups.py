"""Look-ups: how old they may get, and how many are kept."""

from datetime import timedelta

import pytest

from acs_tokens.access import look_ups
from acs_tokens.access.look_ups import LookUps
from acs_tokens.problems import IdentityStoreUnavailableError
from tests.clock import Clock


class Source:
    """Counts what is read from it; a read takes some seconds."""

    def __init__(self, clock: Clock, seconds: float = 0) -> None:
        self.read_keys: list[str] = []
        self.fails = False
        self._clock = clock
        self._seconds = seconds

    async def read(self, key: str) -> int:
        if self.fails:
            raise IdentityStoreUnavailableError
        self.read_keys.append(key)
        self._clock.now += self._seconds
        return len(self.read_keys)


async def test_a_value_is_read_once_until_it_is_too_old() -> None:
    clock = Clock()
    source = Source(clock)
    values = LookUps(source.read, timedelta(seconds=8), clock)

    seen = []
    for _ in range(10):
        seen.append(await values.get("a"))
        clock.now += 1

    assert seen == [1] * 7 + [2] * 3


async def test_the_age_counts_from_before_the_read() -> None:
    clock = Clock()
    source = Source(clock, seconds=5)
    values = LookUps(source.read, timedelta(seconds=8), clock)
    await values.get("a")

    clock.now += 1.5
    assert await values.get("a") == 1
    clock.now += 0.5

    assert await values.get("a") == 2


async def test_with_a_long_deadline_each_request_reads() -> None:
    clock = Clock()
    values = LookUps(Source(clock).read, timedelta(seconds=20), clock)

    assert [await values.get("a") for _ in range(3)] == [1, 2, 3]


async def test_nothing_is_kept_of_a_failure_and_an_old_value_does_not_stand_in() -> None:
    clock = Clock()
    source = Source(clock)
    values = LookUps(source.read, timedelta(seconds=8), clock)
    await values.get("a")
    clock.now += 8
    source.fails = True

    for _ in range(2):
        with pytest.raises(IdentityStoreUnavailableError):
            await values.get("a")
    source.fails = False

    assert await values.get("a") == 2


async def test_what_is_forgotten_is_read_again() -> None:
    clock = Clock()
    values = LookUps(Source(clock).read, timedelta(seconds=8), clock)
    await values.get("a")

    values.forget("a")
    values.forget("b")

    assert await values.get("a") == 2


async def test_the_oldest_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_ups, "MAX_LOOK_UPS", 3)
    clock = Clock()
    source = Source(clock)
    values = LookUps(source.read, timedelta(seconds=8), clock)

    for key in "abcdda":
        await values.get(key)

    assert source.read_keys == ["a", "b", "c", "d", "a"]
