"""Many tabs open at once for somebody who was never here: one identity, whoever is first."""

import contextlib
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from tests.e2e.conftest import App
from tests.entra_stand_in import Entra
from tests.identities.stores import connection_string
from tests.javascript import needs_node
from tests.serving import Emulator, running_app
from tests.trust.conftest import settings

ROUNDS = int(os.environ.get("SIGN_IN_ROUNDS", "15"))  # `make soak` plays 200
TABS = 16


@pytest.fixture(params=["sqlite", pytest.param("tables", marks=needs_node)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Where the identity map is, for both processes."""
    if request.param == "sqlite":
        return {"IDENTITY_SQLITE": str(tmp_path / "map.db")}
    string = connection_string(request.getfixturevalue("azurite"))
    prefix = f"t{uuid4().hex[:12]}"
    return {
        "IDENTITY_TABLE_CONNECTION_STRING": string,
        "IDENTITY_TABLE_PREFIX": prefix,
    }


@contextlib.contextmanager
def two_processes(
    emulator: Emulator, entra: Entra, place: dict[str, str]
) -> Iterator[tuple[App, App]]:
    variables = settings(emulator, entra, **place) | {"PYTHON_ENABLE_DEBUG_LOGGING": "0"}
    with running_app(**variables) as one, running_app(**variables) as other:
        yield App(*one), App(*other)


def test_first_sign_ins_at_once_make_one_identity(
    own_emulator: Emulator, entra: Entra, place: dict[str, str]
) -> None:
    winners = []
    with (
        two_processes(own_emulator, entra, place) as apps,
        ThreadPoolExecutor(TABS) as pool,
    ):
        for _ in range(ROUNDS):
            bearer = f"Bearer {entra.token()}"
            replies = list(
                pool.map(
                    lambda tab, proof=bearer: apps[tab % 2].call(
                        "POST", "me/token", authorization=proof
                    ),
                    range(TABS),
                )
            )
            assert {reply.status for reply in replies} == {200}
            assert len({reply.json["userId"] for reply in replies}) == 1
            winners.append(replies[0].json)

    done = Counter(
        (entry["method"], entry["path"] == "/identities") for entry in own_emulator.requests()
    )
    # Every identity that was made and did not win is deleted; none had to be noted for later.
    assert (
        done["POST", True] - done["DELETE", False] == ROUNDS == len({w["userId"] for w in winners})
    )
    assert done["DELETE", False] > 0, "nobody ever raced"
    assert all(own_emulator.examine(winner["token"])["valid"] for winner in winners)
