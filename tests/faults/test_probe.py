"""The circuit breaker's probe. These tests wait for seconds, so only `make faults` runs them."""

import asyncio
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from tests.faults.fault import Fault, Stage
from tests.faults.http_link import ClientConnection
from tests.faults.scenarios import Scenario
from tests.faults.test_breaker import FAILURES, create, fail, fault_named, seconds_left_open
from tests.waiting import LIMIT_SECONDS, wait_until

AT_ONCE = 10


def test_the_breaker_stays_open_for_as_long_as_acs_asks_for(scenario: Scenario) -> None:
    fail(scenario, fault_named("503, Retry-After: 86400"), FAILURES)

    assert 25 <= seconds_left_open(scenario) <= 30


def test_one_probe_decides_whether_the_breaker_closes(scenario: Scenario) -> None:
    fail(scenario, fault_named("500"), FAILURES)
    time.sleep(seconds_left_open(scenario))
    fail(scenario, fault_named("500"), 1)  # the first probe
    time.sleep(seconds_left_open(scenario))
    before, others_have_responses = scenario.proxy.connections, threading.Event()

    async def wait_for_others(connection: ClientConnection) -> None:
        await asyncio.to_thread(others_have_responses.wait, LIMIT_SECONDS)
        await connection.send(await connection.forward())

    slow = Fault("a slow response", Stage.REQUEST_READ, wait_for_others)
    with scenario.proxy.breaking(slow, AT_ONCE), ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(create, scenario) for _ in range(AT_ONCE)]
        try:
            wait_until(lambda: sum(map(Future.done, jobs)) == AT_ONCE - 1, "all but the probe")
        finally:
            others_have_responses.set()
        replies = [job.result() for job in jobs]

    assert sorted(reply.status for reply in replies) == [201] + (AT_ONCE - 1) * [503]
    assert scenario.proxy.connections == before + 1
    assert create(scenario).status == 201
