"""Fifty connections that never rest, and an ACS that answers after 20 ms."""

import asyncio
import itertools
import os
import time

from tests.soak.conftest import Report
from tests.soak.observations import running_observed_app
from tests.soak.overload import Answers, ask, running_slow_acs, session

SECONDS = int(os.environ.get("SOAK_SECONDS", "10"))
CONNECTIONS = 50
ACS_SECONDS = 0.02
MAX_GROWTH_MB = 20


async def load(address: str, user: str, seconds: float) -> Answers:
    """Ask for so long."""
    answers, end = Answers(), time.monotonic() + seconds
    routes = ("users/token", f"users/{user}/token", f"users/{user}/token/refresh", "users")

    async def client(first: int) -> None:
        for route in itertools.islice(itertools.cycle(routes), first, None):
            await ask(http, route, answers)
            if time.monotonic() > end:
                return

    async with session(address) as http:
        await asyncio.gather(*(client(number) for number in range(CONNECTIONS)))
    return answers


async def test_load_costs_neither_errors_nor_memory(report: Report) -> None:
    with (
        running_slow_acs(ACS_SECONDS) as connection_string,
        running_observed_app({"ACS_CONNECTION_STRING": connection_string}) as app,
    ):
        user = app.new_token()["userId"]
        await load(app.address, user, SECONDS / 10)
        warm = app.holdings()
        answers = await load(app.address, user, SECONDS)
        after = app.holdings()

    rate = answers.statuses.total() / SECONDS
    report(f"{rate:.0f} requests a second: {answers}\n  warm: {warm}\n  after {SECONDS} s: {after}")
    assert set(answers.statuses) == {200, 201}
    assert after.memory < warm.memory + MAX_GROWTH_MB
