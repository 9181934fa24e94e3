"""How ACS is asked again after it was left alone. This takes its time: see conftest."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from tests.faults.fault import Fault, Stage
from tests.faults.http_link import Link
from tests.faults.scenarios import Seat
from tests.faults.test_breaker import FAILURES, create, fail, left_alone, named

PROBE_SECONDS = 1


async def take_time(link: Link) -> None:
    """Answer well, after a while."""
    await asyncio.sleep(PROBE_SECONDS)
    await link.send(await link.pass_on())


def test_acs_says_for_how_long_it_wants_to_be_left_alone(seat: Seat) -> None:
    fail(seat, named("503, Retry-After: 86400"), FAILURES)

    assert 25 <= left_alone(seat) <= 30


def test_one_probe_decides(seat: Seat) -> None:
    fail(seat, named("500"), FAILURES)
    time.sleep(left_alone(seat))
    fail(seat, named("500"), 1)  # the first probe
    time.sleep(left_alone(seat))
    before = seat.proxy.connections
    slow = Fault("a slow answer", Stage.ASKED, take_time)
    with seat.proxy.breaking(slow, 10), ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda _: create(seat), range(10)))

    assert sorted(reply.status for reply in replies) == [201] + 9 * [503]
    assert seat.proxy.connections == before + 1
    assert create(seat).status == 201
