"""More guests at once than an invitation is for, in two processes: exactly so many come in."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conftest import App
from tests.entra_stand_in import Entra
from tests.serving import Emulator, running_app
from tests.trust.acs_stand_in import Acs
from tests.trust.conftest import settings
from tests.trust.test_invitations import invite, refused
from tests.trust.test_race import place  # noqa: F401 a fixture

ROUNDS = int(os.environ.get("INVITATION_ROUNDS", "6"))  # 200 in `make soak`
GUESTS, CROWD = 5, 16


@pytest.fixture
def apps(
    emulator: Emulator,
    entra: Entra,
    acs: Acs,
    place: dict[str, str],  # noqa: F811 the fixture
) -> Iterator[tuple[App, App]]:
    """The app twice, with one ACS resource and one identity store."""
    variables = settings(emulator, entra, GUESTS="invited", **place) | {
        "ACS_CONNECTION_STRING": acs.connection_string,
        "DEADLINE_SECONDS": "45",  # a busy machine may take long, and nobody may be turned away
        "PYTHON_ENABLE_DEBUG_LOGGING": "0",
    }
    with running_app(**variables) as one, running_app(**variables) as other:
        yield App(*one), App(*other)


def come_at_once(apps: tuple[App, App], text: str) -> set[str]:
    """Let a crowd come with one invitation; return the identities of those who got in."""
    with ThreadPoolExecutor(CROWD) as pool:
        replies = pool.map(
            lambda guest: apps[guest % 2].call("POST", "guest/token", x_invitation=text),
            range(CROWD),
        )
        seen = [*replies]
    admitted = [reply for reply in seen if reply.status == 200]
    assert all(refused(reply) for reply in seen if reply not in admitted)
    assert len(admitted) == GUESTS
    return {reply.json["userId"] for reply in admitted}


def test_exactly_as_many_come_in_as_were_invited(apps: tuple[App, App], acs: Acs) -> None:
    everybody: set[str] = set()
    for _ in range(ROUNDS):
        invitation = invite(apps[0], guests=GUESTS)

        everybody |= come_at_once(apps, invitation["invitation"])

        for app in apps:
            known = app.call("GET", f"invitations/{invitation['id']}").json
            assert known["usesLeft"] == 0
    assert acs.alive == everybody
    assert len(everybody) == acs.created == ROUNDS * GUESTS


def test_who_could_not_be_made_leaves_a_use_for_another(apps: tuple[App, App], acs: Acs) -> None:
    invitation = invite(apps[0], guests=GUESTS)
    acs.refuses_creates = True
    for app in apps:
        reply = app.call("POST", "guest/token", x_invitation=invitation["invitation"])
        assert reply.status == 503
    acs.refuses_creates = False

    assert come_at_once(apps, invitation["invitation"]) == acs.alive
