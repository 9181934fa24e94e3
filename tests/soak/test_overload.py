"""Five times as many requests as ACS can serve, and then a normal number."""

import asyncio
import os
import time

from acs_tokens.http_client import MAX_CONNECTIONS
from tests.soak.conftest import Report
from tests.soak.observations import running_observed_app
from tests.soak.overload import Responses, running_slow_acs, send, session

SECONDS = min(int(os.environ.get("SOAK_SECONDS", "10")), 60)
ACS_SECONDS = 2
CAPACITY = MAX_CONNECTIONS / ACS_SECONDS  # requests a second
NORMAL = 10  # requests a second
NORMAL_SECONDS = 10
RECOVERY_SECONDS = 8  # those that wait when the overload ends have waited no longer
MAX_GROWTH_MB = 40


async def flood(address: str, rate: float, seconds: float) -> list[Responses]:
    """Send requests at a rate, whether or not responses come; return those to each second."""
    responses = [Responses() for _ in range(int(seconds))]
    started = time.monotonic()
    async with session(address) as http, asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(started + number / rate - time.monotonic())
            group.create_task(send(http, "users/token", responses[int(number / rate)]))
    return responses


async def test_overload_is_refused_and_the_app_recovers(report: Report) -> None:
    with (
        running_slow_acs(ACS_SECONDS) as connection_string,
        running_observed_app({"ACS_CONNECTION_STRING": connection_string}) as app,
    ):
        app.new_token()
        before = app.resources()
        meanwhile = Responses()
        for second in await flood(app.address, 5 * CAPACITY, SECONDS):
            for status, times in second.seconds.items():
                for seconds in times:
                    meanwhile.add(status, seconds)
        afterwards = await flood(app.address, NORMAL, NORMAL_SECONDS)
        after = app.resources()

    bad = [
        second for second, responses in enumerate(afterwards) if set(responses.statuses) != {201}
    ]
    normal = max(bad, default=-1) + 1
    report(
        f"{SECONDS} s at {5 * CAPACITY:.0f} a second: {meanwhile}\n  normal after {normal} s;"
        f" before: {before}; after: {after}"
    )
    assert set(meanwhile.statuses) == {201, 503}
    assert normal <= RECOVERY_SECONDS
    assert after.memory < before.memory + MAX_GROWTH_MB


async def test_of_1000_page_loads_at_once_with_a_slow_acs_most_are_served(report: Report) -> None:
    with (
        running_slow_acs(1.5) as connection_string,
        running_observed_app({"ACS_CONNECTION_STRING": connection_string}) as app,
    ):
        app.new_token()
        before = app.resources()
        responses = Responses()
        async with session(app.address) as http:
            await asyncio.gather(*(send(http, "users/token", responses) for _ in range(1000)))
        after = app.resources()

    report(f"{responses}\n  before: {before}; after: {after}")
    assert responses.statuses[201] >= 900
    assert set(responses.statuses) <= {201, 503}
