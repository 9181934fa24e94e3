"""Many who insert the same person at once, from two processes: one wins, and all know who."""

import asyncio
import multiprocessing
import os
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import pytest

from acs_tokens.entra.person import Person
from tests.identities.stores import Store, new_person, new_user, opened

ROUNDS = int(os.environ.get("RACE_ROUNDS", "20"))
AT_ONCE = 8  # in each of two processes
WAIT_SECONDS = 60 + ROUNDS

Winners = list[list[str]]  # of each round, as far as one process saw


def race(store: Store, crowd: list[Person], start: Barrier, results: "Queue[Winners]") -> None:
    """Insert each person at the same time as the other process does."""
    results.put(asyncio.run(run(store, crowd, start)))


async def run(store: Store, crowd: list[Person], start: Barrier) -> Winners:
    winners: Winners = []
    async with opened(store) as people:
        for person in crowd:
            users = [new_user() for _ in range(AT_ONCE)]
            start.wait(WAIT_SECONDS)
            won = await asyncio.gather(*(people.insert(person, user) for user in users))
            winners.append([user for user, has_won in zip(users, won, strict=True) if has_won])
    return winners


@pytest.fixture
def crowd() -> list[Person]:
    return [new_person() for _ in range(ROUNDS)]


async def test_exactly_one_insert_wins(store: Store, crowd: list[Person]) -> None:
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(2), context.Queue()
    racers = [context.Process(target=race, args=(store, crowd, start, results)) for _ in range(2)]
    for racer in racers:
        racer.start()
    try:
        seen = [await asyncio.to_thread(results.get, timeout=WAIT_SECONDS) for _ in racers]
    finally:
        for racer in racers:
            racer.join(5)
            racer.kill()

    async with opened(store) as people:
        for person, here, there in zip(crowd, *seen, strict=True):
            (winner,) = here + there
            entry = await people.get(person)
            assert entry
            assert entry.user_id == winner
