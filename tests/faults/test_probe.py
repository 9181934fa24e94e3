"""How ACS is asked again after it was left alone. This takes its time: see conftest."""

import asyncio
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from tests.faults.fault import Fault, Stage
from tests.faults.http_link import Link
from tests.faults.scenarios import Seat
from tests.faults.test_breaker import FAILURES, create, fail, left_alone, named
from tests.waiting import LIMIT_SECONDS, wait_until

AT_ONCE = 10


def test_acs_says_for_how_long_it_wants_to_be_left_alone(seat: Seat) -> None:
    fail(seat, named("503, Retry-After: 86400"), FAILURES)

    assert 25 <= left_alone(seat) <= 30


def test_one_probe_decides(seat: Seat) -> None:
    fail(seat, named("500"), FAILURES)
    time.sleep(left_alone(seat))
    fail(seat, named("500"), 1)  # the first probe
    time.sleep(left_alone(seat))
    before, others_are_answered = seat.proxy.connections, threading.Event()

    async def wait_for_others(link: Link) -> None:
        await asyncio.to_thread(others_are_answered.wait, LIMIT_SECONDS)
        await link.send(await link.pass_on())

    slow = Fault("a slow response", Stage.ASKED, wait_for_others)
    with seat.proxy.breaking(slow, AT_ONCE), ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(create, seat) for _ in range(AT_ONCE)]
        try:
            wait_until(lambda: sum(map(Future.done, jobs)) == AT_ONCE - 1, "all but the probe")
        finally:
            others_are_answered.set()
        replies = [job.result() for job in jobs]

    assert sorted(reply.status for reply in replies) == [201] + (AT_ONCE - 1) * [503]
    assert seat.proxy.connections == before + 1
    assert create(seat).status == 201
