"""More requests at once than there are slots to ACS: they wait, and are served."""

import asyncio

from acs_tokens.http_client import MAX_CONNECTIONS
from tests.serving import running_app
from tests.soak.overload import Responses, running_slow_acs, send, session

ACS_SECONDS = 0.05


async def send_at_once(address: str, count: int) -> Responses:
    responses = Responses()
    async with session(address) as http:
        await asyncio.gather(*(send(http, "users/token", responses) for _ in range(count)))
    return responses


def test_of_256_page_loads_at_once_none_is_refused() -> None:
    with (
        running_slow_acs(ACS_SECONDS) as connection_string,
        running_app(ACS_CONNECTION_STRING=connection_string, DEADLINE_SECONDS="45") as (address, _),
    ):
        responses = asyncio.run(send_at_once(address, 256))

    assert responses.statuses == {201: 256}


def test_more_than_there_are_slots_wait_for_one() -> None:
    with (
        running_slow_acs(ACS_SECONDS) as connection_string,
        running_app(ACS_CONNECTION_STRING=connection_string, DEADLINE_SECONDS="45") as (address, _),
    ):
        responses = asyncio.run(send_at_once(address, MAX_CONNECTIONS + 64))

    assert responses.statuses == {201: MAX_CONNECTIONS + 64}
