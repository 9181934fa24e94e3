"""More requests at once than there are slots to ACS: they wait, and are served."""

import asyncio
from collections.abc import Iterator

import pytest

from acs_tokens.http_client import MAX_CONNECTIONS
from tests.serving import running_app
from tests.soak.overload import Responses, running_slow_acs, send, session

ACS_SECONDS = 0.05


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of an app whose ACS is slow."""
    with (
        running_slow_acs(ACS_SECONDS) as connection_string,
        running_app(ACS_CONNECTION_STRING=connection_string, DEADLINE_SECONDS="45") as (address, _),
    ):
        yield address


async def send_at_once(address: str, count: int) -> Responses:
    responses = Responses()
    async with session(address) as http:
        await asyncio.gather(*(send(http, "users/token", responses) for _ in range(count)))
    return responses


@pytest.mark.parametrize("count", [256, MAX_CONNECTIONS + 64])
def test_of_many_page_loads_at_once_none_is_refused(address: str, count: int) -> None:
    responses = asyncio.run(send_at_once(address, count))

    assert responses.statuses == {201: count}
