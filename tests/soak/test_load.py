"""Fifty connections that are always busy, and an ACS that responds after 20 ms."""

import asyncio
import itertools
import os
import time

from tests.soak.conftest import Report
from tests.soak.observations import running_observed_app
from tests.soak.overload import Responses, running_slow_acs, send, session

SECONDS = int(os.environ.get("SOAK_SECONDS", "10"))
CONNECTIONS = 50
ACS_SECONDS = 0.02
MAX_GROWTH_MB = 20


async def load(address: str, user: str, seconds: float) -> Responses:
    """Send requests for so long."""
    responses, end = Responses(), time.monotonic() + seconds
    routes = ("users/token", f"users/{user}/token", f"users/{user}/token/refresh", "users")

    async def client(first: int) -> None:
        for route in itertools.islice(itertools.cycle(routes), first, None):
            await send(http, route, responses)
            if time.monotonic() > end:
                return

    async with session(address) as http:
        await asyncio.gather(*(client(number) for number in range(CONNECTIONS)))
    return responses


async def test_load_costs_neither_errors_nor_memory(report: Report) -> None:
    with (
        running_slow_acs(ACS_SECONDS) as connection_string,
        running_observed_app({"ACS_CONNECTION_STRING": connection_string}) as app,
    ):
        user = app.new_token()["userId"]
        await load(app.address, user, SECONDS / 10)
        warm = app.resources()
        responses = await load(app.address, user, SECONDS)
        after = app.resources()

    rate = responses.statuses.total() / SECONDS
    report(
        f"{rate:.0f} requests a second: {responses}\n  warm: {warm}\n  after {SECONDS} s: {after}"
    )
    assert set(responses.statuses) == {200, 201}
    assert after.memory < warm.memory + MAX_GROWTH_MB
