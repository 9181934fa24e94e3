"""Every fault between the app and ACS, in everything that the API does.

`make test` meets each fault once; `make faults` in every operation, for good and for one time.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from aiohttp import web

from acs_emulator.ports import listen, port_of
from tests.faults.catalogue import NOBODY_LISTENS, faults
from tests.faults.fault import Fault, Stage
from tests.faults.matrix import Cell, Tally, creates_sent_again, play
from tests.faults.operations import OPERATIONS
from tests.faults.scenarios import Rig, Seat
from tests.serving import in_thread

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "0"))  # `make faults` plays 3
SEATS = 16 if ROUNDS else 6
SHORT_DEADLINE = "2"  # for faults that last until the deadline; all others need time for a repeat
NO_SUCH_HOST = Fault("no such host", Stage.PORT, slugs=frozenset({"acs-unavailable"}))
SLOW = ("TLS hangs", "silence", "a byte at a time")


def is_slow(fault: Fault) -> bool:
    return fault.name in SLOW


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A server that must not be asked, and what it was asked."""
    asked: list[str] = []

    async def ask(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    sockets, application = listen(0), web.Application()
    application.router.add_route("*", "/{path:.*}", ask)
    with in_thread(application, (sockets, None)):
        yield f"http://127.0.0.1:{port_of(sockets)}/", asked


def cells(table: list[Fault]) -> list[Cell]:
    """What to play, in an order to pop from: the slow ones come first."""
    table = sorted(table, key=is_slow)
    if not ROUNDS:
        return [
            Cell(fault, OPERATIONS[number % len(OPERATIONS)], lasts=True)
            for number, fault in enumerate(table)
        ]
    return [
        Cell(fault, operation, lasts=number % 2 == 0)
        for fault in table
        for number in range(ROUNDS)
        for operation in OPERATIONS
        # Nobody listens for as long as it lasts, and to whatever is asked first.
        if fault is not NOBODY_LISTENS or (number % 2 == 0 and operation.after == 0)
    ]


def nowhere_cells() -> list[Cell]:
    operations = [operation for operation in OPERATIONS if operation.after == 0]
    return [
        Cell(NO_SUCH_HOST, operation, lasts=True) for operation in operations * ROUNDS or operations[:1]
    ]  # fmt: skip


def work(opened: AbstractContextManager[Seat], left: list[Cell], tally: Tally) -> None:
    """Play one cell after the other, until none are left."""
    with opened as seat:
        while left:
            try:
                cell = left.pop()
            except IndexError:  # somebody else was faster
                return
            try:
                play(seat, cell, tally)
            except AssertionError as error:
                tally.wrong.append(f"{cell}: {error}")


def test_every_fault_has_its_answer_in_time(
    rig: Rig, elsewhere: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    tally, left = Tally(), cells(faults(elsewhere[0]))
    slow = [] if ROUNDS else [left.pop() for _ in SLOW]  # too many for one app in `make faults`

    with rig.proxies(SEATS + 1) as proxies, ThreadPoolExecutor(SEATS + 1) as pool:
        plan = [
            (rig.seat(proxies[0], DEADLINE_SECONDS=SHORT_DEADLINE), slow),
            *((rig.seat(proxy), left) for proxy in proxies[1:-1]),
            (rig.nowhere(proxies[-1]), nowhere_cells()),
        ]
        jobs = [pool.submit(work, seat, queue, tally) for seat, queue in plan]
        for job in jobs:
            job.result()
    if ROUNDS:
        with capsys.disabled():
            print(f"\n{tally}")

    assert not tally.wrong, "\n".join(tally.wrong)
    assert [again for proxy in proxies for again in creates_sent_again(proxy)] == []
    assert max(count for proxy in proxies for count in proxy.acs.creates.values()) == 1
    assert elsewhere[1] == []
