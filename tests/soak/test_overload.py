"""Five times as many requests as ACS can take, and then as few as ever."""

import asyncio
import os
import time

from tests.soak.conftest import Report
from tests.soak.observations import running_observed_app
from tests.soak.overload import Answers, ask, running_slow_acs, session

SECONDS = min(int(os.environ.get("SOAK_SECONDS", "10")), 60)
ACS_SECONDS = 1
CAPACITY = 64 / ACS_SECONDS  # requests a second: the calls to ACS at once, and how long each takes
NORMAL = 10  # requests a second
NORMAL_SECONDS = 10
RECOVERY_SECONDS = 5
MAX_GROWTH_MB = 40


async def flood(address: str, rate: float, seconds: float) -> list[Answers]:
    """Ask at a rate, whether or not there are answers; return those of each second."""
    answers = [Answers() for _ in range(int(seconds))]
    started = time.monotonic()
    async with session(address) as http, asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(started + number / rate - time.monotonic())
            group.create_task(ask(http, "users/token", answers[int(number / rate)]))
    return answers


async def test_overload_is_turned_away_and_over_when_it_is_over(report: Report) -> None:
    with (
        running_slow_acs(ACS_SECONDS) as connection_string,
        running_observed_app({"ACS_CONNECTION_STRING": connection_string}) as app,
    ):
        app.new_token()
        before = app.holdings()
        meanwhile = Answers()
        for second in await flood(app.address, 5 * CAPACITY, SECONDS):
            for status, times in second.seconds.items():
                for seconds in times:
                    meanwhile.add(status, seconds)
        afterwards = await flood(app.address, NORMAL, NORMAL_SECONDS)
        after = app.holdings()

    bad = [second for second, answers in enumerate(afterwards) if set(answers.statuses) != {201}]
    normal = max(bad, default=-1) + 1
    report(
        f"{SECONDS} s at {5 * CAPACITY:.0f} a second: {meanwhile}\n  normal after {normal} s;"
        f" before: {before}; after: {after}"
    )
    assert set(meanwhile.statuses) == {201, 503}
    assert normal <= RECOVERY_SECONDS
    assert after.memory < before.memory + MAX_GROWTH_MB
