"""Every fault between the app and ACS, in everything that the API does.

`make test` runs each fault in one operation. `make faults` runs each fault in every operation, both
as a fault that lasts and as one that is over after one time.
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
from tests.faults.matrix import FaultCase, Outcome, creates_sent_again, run_case
from tests.faults.operations import OPERATIONS
from tests.faults.scenarios import Scenario, ScenarioFactory
from tests.serving import in_thread

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "0"))  # 3 in `make faults`
APPS = 16 if ROUNDS else 4
SHORT_DEADLINE = (
    "2"  # for faults that last until the deadline; all others need time for another attempt
)
NO_SUCH_HOST = Fault("no such host", Stage.NOT_LISTENING, problems=frozenset({"acs-unavailable"}))
SLOW = ("TLS hangs", "silence", "a byte at a time")


def is_slow(fault: Fault) -> bool:
    return fault.name in SLOW


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A server that must get no request: its URL, and the paths of the requests that it got."""
    paths: list[str] = []

    async def note(request: web.Request) -> web.Response:
        paths.append(request.path)
        return web.Response()

    sockets, application = listen(0), web.Application()
    application.router.add_route("*", "/{path:.*}", note)
    with in_thread(application, (sockets, None)):
        yield f"http://127.0.0.1:{port_of(sockets)}/", paths


def fault_cases(table: list[Fault]) -> list[FaultCase]:
    """List what to run, in an order to pop from: the slow cases come first."""
    table = sorted(table, key=is_slow)
    if not ROUNDS:
        return [
            FaultCase(fault, OPERATIONS[number % len(OPERATIONS)], lasts=True)
            for number, fault in enumerate(table)
        ]
    return [
        FaultCase(fault, operation, lasts=number % 2 == 0)
        for fault in table
        for number in range(ROUNDS)
        for operation in OPERATIONS
        # A closed port lasts, and is met by the first request to ACS.
        if fault is not NOBODY_LISTENS or (number % 2 == 0 and operation.after == 0)
    ]


def unreachable_cases() -> list[FaultCase]:
    operations = [operation for operation in OPERATIONS if operation.after == 0]
    return [
        FaultCase(NO_SUCH_HOST, operation, lasts=True) for operation in operations * ROUNDS or operations[:1]
    ]  # fmt: skip


def work(opened: AbstractContextManager[Scenario], left: list[FaultCase], outcome: Outcome) -> None:
    """Run one case after the other, until none are left."""
    with opened as scenario:
        while left:
            try:
                case = left.pop()
            except IndexError:  # another thread took the last one
                return
            try:
                run_case(scenario, case, outcome)
            except AssertionError as error:
                outcome.wrong.append(f"{case}: {error}")


def test_every_fault_becomes_the_right_problem(
    factory: ScenarioFactory, elsewhere: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome, left = Outcome(), fault_cases(faults(elsewhere[0]))
    slow = [] if ROUNDS else [left.pop() for _ in SLOW]  # too many for one app in `make faults`

    with factory.proxies(APPS + 1) as proxies, ThreadPoolExecutor(APPS + 1) as pool:
        plan = [
            (factory.scenario(proxies[0], DEADLINE_SECONDS=SHORT_DEADLINE), slow),
            *((factory.scenario(proxy), left) for proxy in proxies[1:-1]),
            (factory.unreachable(proxies[-1]), unreachable_cases()),
        ]
        jobs = [pool.submit(work, scenario, queue, outcome) for scenario, queue in plan]
        for job in jobs:
            job.result()
    if ROUNDS:
        with capsys.disabled():
            print(f"\n{outcome}")

    assert not outcome.wrong, "\n".join(outcome.wrong)
    assert [again for proxy in proxies for again in creates_sent_again(proxy)] == []
    assert max(count for proxy in proxies for count in proxy.acs.creates.values()) == 1
    assert elsewhere[1] == []
