"""Faults of the store at each step of an invitation: nobody comes in, nothing is counted twice."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from acs_tokens.access.invitation_uses import InvitationUses
from acs_tokens.acs.service import TokenService
from acs_tokens.context import RequestContext, current_request
from acs_tokens.identities.invitations import Invitation
from acs_tokens.identities.registry import IdentityRegistry
from acs_tokens.models.responses import UserToken
from acs_tokens.problems import InvitationError, Problem
from tests.identities.faulty_proxy import (
    Fault,
    FaultyProxy,
    failing_afterwards,
    faulty_proxy,
    hang_up,
    lose_response,
    responding,
)
from tests.identities.stores import Store, connection_string, new_tables, opened
from tests.javascript import needs_node
from tests.trust.acs_stand_in import Acs

pytestmark = needs_node

HOUR, DEADLINE = timedelta(hours=1), timedelta(seconds=8)
FAULTS: dict[str, Fault] = {
    "reset": hang_up, "lost": lose_response, "403": responding(403), "404": responding(404), "429": responding(429),
    "500": responding(500), "503": responding(503), "503 when done": failing_afterwards(503),
    "500 when done": failing_afterwards(500), "nonsense": responding(200, b"[]"),
}  # fmt: skip
FEW = ("reset", "lost", "503", "503 when done")
CHOSEN = FAULTS if "ALL_STORE_FAULTS" in os.environ else FEW  # all of them in `make soak`
LASTING = 12  # more requests than an admission sends


@dataclass
class House:
    """An invitation for one guest in Azurite, reached through a proxy that causes faults."""

    acs: Acs
    service: TokenService
    place: Store  # without the proxy
    behind: Store
    proxy: FaultyProxy
    invitation: Invitation = field(
        default_factory=lambda: Invitation("A" * 16, datetime.now(UTC) + HOUR, guests=1)
    )

    async def come(self) -> UserToken:
        """Come with the invitation to a process that knows nothing yet."""
        async with opened(self.behind) as identities:
            registry = IdentityRegistry(self.service, identities)
            uses = InvitationUses(identities.invitations, registry, DEADLINE)
            return await uses.admit(
                self.invitation.id, lambda: self.service.create_user_and_token(["voip"], HOUR)
            )

    async def used(self) -> int:
        """Return how many uses are counted, as the storage itself says."""
        async with opened(self.place) as identities:
            known = await identities.invitations.get(self.invitation.id)
            assert known
            return known.used


@pytest.fixture
async def house(azurite: str, acs: Acs) -> AsyncIterator[House]:
    current_request.set(RequestContext("a test", deadline=float("inf")))
    names, service = new_tables(), TokenService(acs.connection)
    with faulty_proxy(azurite) as proxy:
        place, behind = (
            Store(connection=connection_string(url), names=names) for url in (azurite, proxy.url)
        )
        house = House(acs, service, place, behind, proxy)
        async with opened(house.place) as identities:
            await identities.invitations.add(house.invitation)
        yield house
    await service.aclose()


@pytest.mark.parametrize("fault", CHOSEN)
@pytest.mark.parametrize("lasts", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("step", ["table", "GET", "PATCH", "second PATCH", "second GET"])
async def test_a_fault_of_the_store(house: House, step: str, fault: str, *, lasts: bool) -> None:
    faults = [FAULTS[fault]] * (LASTING if lasts else 1)
    method = step.split()[-1]
    # The first PATCH counts the use, the second one notes the guest; the second GET comes after it.
    house.proxy.faults[method] = [pass_on, *faults] if step.startswith("second") else faults

    try:
        token = await house.come()
    except Problem:
        token = None
    house.proxy.faults.clear()

    # Whoever was let in is the only one, and was counted; what was made for nobody is gone.
    assert house.acs.alive == ({token.user_id} if token else set())
    assert await house.used() >= len(house.acs.alive)
    assert await house.used() <= 1
    if token or await house.used():
        with pytest.raises(InvitationError):
            await house.come()
    else:
        assert (await house.come()).user_id in house.acs.alive
    assert len(house.acs.alive) <= 1


async def pass_on(server: FaultyProxy, request: web.Request) -> web.StreamResponse:
    """Cause no fault."""
    return await server.forward(request)


async def test_a_use_is_given_back_when_acs_makes_no_guest(house: House) -> None:
    house.acs.refuses_creates = True

    with pytest.raises(Problem):
        await house.come()

    assert await house.used() == 0
    house.acs.refuses_creates = False
    assert await house.come()


async def test_a_use_that_cannot_be_given_back_lets_nobody_in(house: House) -> None:
    house.acs.refuses_creates = True
    house.proxy.faults["PATCH"] = [pass_on, *[responding(503)] * LASTING]

    with pytest.raises(Problem) as caught:
        await house.come()

    assert not isinstance(caught.value, InvitationError)
    house.acs.refuses_creates = False
    house.proxy.faults.clear()
    with pytest.raises(InvitationError):
        await house.come()
    assert house.acs.alive == set()
