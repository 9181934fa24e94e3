"""Many inserts of the same person at once, from two processes: one wins, and all see which."""

import asyncio
import multiprocessing
import os
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import pytest

from acs_tokens.oidc.person import Person
from tests.identities.stores import Store, new_person, new_user, opened
from tests.waiting import LIMIT_SECONDS

ROUNDS = int(os.environ.get("RACE_ROUNDS", "8"))  # 1000 in `make soak`
AT_ONCE = 8  # in each of two processes
WAIT_SECONDS = LIMIT_SECONDS + ROUNDS

Winners = list[list[str]]  # of each round, as one process saw them


def race(store: Store, crowd: list[Person], start: Barrier, results: "Queue[Winners]") -> None:
    """Insert each person at the same time as the other process does."""
    results.put(asyncio.run(run(store, crowd, start)))


async def run(store: Store, crowd: list[Person], start: Barrier) -> Winners:
    winners: Winners = []
    async with opened(store) as identities:
        for person in crowd:
            users = [new_user() for _ in range(AT_ONCE)]
            start.wait(WAIT_SECONDS)
            won = await asyncio.gather(*(identities.insert(person, user) for user in users))
            winners.append([user for user, has_won in zip(users, won, strict=True) if has_won])
    return winners


@pytest.fixture
def crowd() -> list[Person]:
    return [new_person() for _ in range(ROUNDS)]


@pytest.fixture
def spawn(monkeypatch: pytest.MonkeyPatch) -> SpawnContext:
    """Starts processes as new interpreters."""
    # multiprocessing's resource tracker lives as long as pytest's worker. If it counted coverage,
    # it would still be writing its data file while all data files are read.
    with monkeypatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        resource_tracker.ensure_running()
    return multiprocessing.get_context("spawn")


async def test_exactly_one_insert_wins(
    store: Store, crowd: list[Person], spawn: SpawnContext
) -> None:
    start, results = spawn.Barrier(2), spawn.Queue()
    racers = [spawn.Process(target=race, args=(store, crowd, start, results)) for _ in range(2)]
    for racer in racers:
        racer.start()
    try:
        seen = [await asyncio.to_thread(results.get, timeout=WAIT_SECONDS) for _ in racers]
    finally:
        for racer in racers:
            racer.join(WAIT_SECONDS)
            racer.kill()

    async with opened(store) as identities:
        for person, here, there in zip(crowd, *seen, strict=True):
            (winner,) = here + there
            entry = await identities.get(person)
            assert entry
            assert entry.user_id == winner
