"""The first sign-ins of a user from many tabs at once: one identity, whichever request is first.

Each round signs in a user of Entra and one of another OpenID Connect provider.
"""

import contextlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from acs_emulator.certificates import certificates
from tests.e2e.conftest import App
from tests.entra_stand_in import Entra
from tests.identities.stores import connection_string
from tests.javascript import needs_node
from tests.oidc_stand_in import running_providers, settings_for
from tests.raw_http import Reply
from tests.serving import Emulator, running_app
from tests.trust.acs_stand_in import Acs, running_acs
from tests.trust.conftest import settings
from tests.waiting import wait_until

ROUNDS = int(os.environ.get("SIGN_IN_ROUNDS", "3"))  # 200 in `make soak`
TABS = 16


@pytest.fixture(params=["sqlite", pytest.param("tables", marks=needs_node)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Where the identity store of both processes is."""
    if request.param == "sqlite":
        return {"IDENTITY_SQLITE": str(tmp_path / "identities.db")}
    string = connection_string(request.getfixturevalue("azurite"))
    prefix = f"t{uuid4().hex[:12]}"
    return {
        "IDENTITY_TABLE_CONNECTION_STRING": string,
        "IDENTITY_TABLE_PREFIX": prefix,
    }


@contextlib.contextmanager
def two_processes(
    emulator: Emulator, entra: Entra, acs: Acs, place: dict[str, str]
) -> Iterator[tuple[App, App]]:
    """Run the app twice, with one ACS resource and one identity store.

    Args:
        emulator: Whose certificates both trust.
        entra: Who signs users in.
        acs: The ACS resource.
        place: The settings for the identity store, and those for another provider.
    """
    variables = settings(emulator, entra, **place) | {
        "ACS_CONNECTION_STRING": acs.connection_string,
        "PYTHON_ENABLE_DEBUG_LOGGING": "0",
    }
    with running_app(**variables) as one, running_app(**variables) as other:
        yield App(*one), App(*other)


def sign_in_at_once(apps: tuple[App, App], acs: Acs, bearer: str) -> list[Reply]:
    """Sign a new user in from many tabs; no create ends before a second one has begun."""
    before = acs.created
    acs.holds_creates = True
    with ThreadPoolExecutor(TABS) as pool:
        tabs = [
            pool.submit(apps[tab % 2].call, "POST", "me/token", authorization=bearer)
            for tab in range(TABS)
        ]
        try:
            wait_until(lambda: acs.created >= before + 2, "two creates at once")
        finally:
            acs.holds_creates = False
        return [tab.result() for tab in tabs]


def test_first_sign_ins_at_once_make_one_identity(
    emulator: Emulator, entra: Entra, place: dict[str, str]
) -> None:
    winners = set()
    with (
        running_acs() as acs,
        running_providers(certificates(emulator.authority.parent), "ES256") as (provider,),
        two_processes(emulator, entra, acs, place | settings_for(provider)) as apps,
    ):
        for signer in (entra, provider) * ROUNDS:
            replies = sign_in_at_once(apps, acs, f"Bearer {signer.token()}")

            assert {reply.status for reply in replies} == {200}
            (winner,) = {reply.json["userId"] for reply in replies}
            winners.add(winner)

    # Every identity that was created and did not win is deleted.
    assert acs.alive == winners
    assert len(winners) == 2 * ROUNDS
    assert acs.created >= 2 * len(winners)
