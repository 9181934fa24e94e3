"""Slots for requests to ACS: how many are under way, how many wait, and in which order."""

import asyncio

import pytest

from acs_tokens.acs.request_slots import (
    GUEST_SLOTS,
    MAX_WAITING,
    MAX_WAITING_GUESTS,
    RequestSlots,
)
from acs_tokens.http_client import MAX_CONNECTIONS
from acs_tokens.problems import BusyError

PATIENT = 3600.0


class Requests:
    """Requests that take a slot and keep it until the test ends them."""

    def __init__(self) -> None:
        self.slots = RequestSlots()
        self.end = asyncio.Event()
        self.began: list[int] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def _run(self, number: int, seconds_left: float, *, is_guest: bool) -> None:
        async with self.slots.take(lambda: seconds_left, is_guest=is_guest):
            self.began.append(number)
            await self.end.wait()

    async def send(
        self, count: int, seconds_left: float = PATIENT, *, is_guest: bool = False
    ) -> None:
        """Send more requests, and let each come as far as it can."""
        first = len(self.tasks)
        self.tasks += [
            asyncio.create_task(self._run(first + number, seconds_left, is_guest=is_guest))
            for number in range(count)
        ]
        for _ in range(3):
            await asyncio.sleep(0)


async def test_a_slot_for_each_connection_and_the_others_wait_in_order() -> None:
    requests = Requests()
    await requests.send(MAX_CONNECTIONS + 100)
    assert requests.began == list(range(MAX_CONNECTIONS))

    requests.end.set()
    await asyncio.gather(*requests.tasks)

    assert requests.began == list(range(MAX_CONNECTIONS + 100))


async def test_beyond_1024_waiting_requests_the_next_is_refused_at_once() -> None:
    requests = Requests()
    await requests.send(MAX_CONNECTIONS + MAX_WAITING)

    with pytest.raises(BusyError) as refused:
        async with requests.slots.take(lambda: PATIENT):
            raise AssertionError

    assert refused.value.retry_after == 1
    requests.end.set()
    await asyncio.gather(*requests.tasks)
    assert len(requests.began) == MAX_CONNECTIONS + MAX_WAITING


@pytest.mark.parametrize("seconds_left", [1.01, 1, -5])
async def test_a_request_without_time_to_wait_is_refused_and_leaves_the_queue(
    seconds_left: float,
) -> None:
    requests = Requests()
    await requests.send(MAX_CONNECTIONS)
    with pytest.raises(BusyError):
        async with requests.slots.take(lambda: seconds_left):
            raise AssertionError

    await requests.send(MAX_WAITING)
    requests.end.set()
    await asyncio.gather(*requests.tasks)

    assert len(requests.began) == MAX_CONNECTIONS + MAX_WAITING


async def test_a_request_that_is_cancelled_while_it_waits_takes_no_slot() -> None:
    requests = Requests()
    await requests.send(MAX_CONNECTIONS + 1)
    requests.tasks.pop().cancel()

    requests.end.set()
    await asyncio.gather(*requests.tasks)
    await requests.send(MAX_CONNECTIONS)

    assert len(requests.began) == 2 * MAX_CONNECTIONS
    await asyncio.gather(*requests.tasks)


async def test_a_request_whose_time_ran_short_while_it_waited_does_not_begin() -> None:
    requests = Requests()
    await requests.send(MAX_CONNECTIONS)
    times = iter([PATIENT, 0.5])  # when it begins to wait, and when it has its slot

    async def late() -> None:
        async with requests.slots.take(lambda: next(times)):
            raise AssertionError

    waiting = asyncio.create_task(late())
    await asyncio.sleep(0)
    requests.end.set()
    with pytest.raises(BusyError):
        await waiting

    await asyncio.gather(*requests.tasks)
    await requests.send(MAX_CONNECTIONS)
    assert len(requests.began) == 2 * MAX_CONNECTIONS  # its slot is free again


async def test_guests_who_hold_all_their_slots_and_places_keep_nobody_else_waiting() -> None:
    requests = Requests()
    await requests.send(GUEST_SLOTS + MAX_WAITING_GUESTS, is_guest=True)
    assert len(requests.began) == GUEST_SLOTS
    with pytest.raises(BusyError):
        async with requests.slots.take(lambda: PATIENT, is_guest=True):
            raise AssertionError

    await requests.send(MAX_CONNECTIONS - GUEST_SLOTS)

    assert len(requests.began) == MAX_CONNECTIONS
    requests.end.set()
    await asyncio.gather(*requests.tasks)


async def test_guests_and_others_together_wait_in_1024_places() -> None:
    requests = Requests()
    await requests.send(GUEST_SLOTS + MAX_WAITING_GUESTS, is_guest=True)
    await requests.send(MAX_CONNECTIONS - GUEST_SLOTS + MAX_WAITING - MAX_WAITING_GUESTS)

    for is_guest in (False, True):
        with pytest.raises(BusyError):
            async with requests.slots.take(lambda: PATIENT, is_guest=is_guest):
                raise AssertionError

    requests.end.set()
    await asyncio.gather(*requests.tasks)
    assert len(requests.began) == MAX_CONNECTIONS + MAX_WAITING
