"""The promise of a ban: 15 s after its 204, no process issues a token, whatever the load."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conftest import App, is_problem
from tests.entra_stand_in import Entra
from tests.serving import Emulator, running_app
from tests.tokens import claims_of
from tests.trust.conftest import settings
from tests.trust.test_race import place  # noqa: F401 a fixture
from tests.waiting import wait_until

BANS = int(os.environ.get("BAN_ROUNDS", "16"))  # 500 in `make soak`
AT_ONCE = 16
EFFECTIVE_WITHIN = 15  # seconds
# A long deadline leaves little of the 15 s for look-ups to be kept, so that few tests wait long.
DEADLINE = os.environ.get("BAN_DEADLINE", "14")


@pytest.fixture
def apps(
    emulator: Emulator,
    entra: Entra,
    place: dict[str, str],  # noqa: F811 the fixture
) -> Iterator[tuple[App, App]]:
    """The app twice, with one identity store."""
    variables = settings(emulator, entra, DEADLINE_SECONDS=DEADLINE, **place)
    with running_app(**variables) as one, running_app(**variables) as other:
        yield App(*one), App(*other)


def ban_one(apps: tuple[App, App]) -> list[float]:
    """Ban a guest whom both processes know; return how long afterwards tokens were issued."""
    here, there = apps
    guest = here.call("POST", "guest/token").json
    handle = {"x_guest_handle": guest["guestHandle"]}
    for app in apps:
        assert app.call("POST", "guest/token/refresh", **handle).status == 200

    assert here.call("POST", f"users/{guest['userId']}/ban").status == 204
    banned_at = time.time()
    tokens: list[str] = []

    def is_refused() -> bool:
        reply = there.call("POST", "guest/token/refresh", **handle)
        if reply.status == 200:
            tokens.append(reply.json["token"])
            return False
        return is_problem(reply, 409, "banned")

    assert is_problem(here.call("POST", "guest/token/refresh", **handle), 409, "banned")
    wait_until(is_refused, "the ban takes effect in the other process")
    assert is_refused()
    return [claims_of(token)["iat"] - banned_at for token in tokens]


def test_no_token_is_issued_15_seconds_after_a_ban(apps: tuple[App, App]) -> None:
    both = [apps, apps[::-1]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        delays = [*pool.map(lambda number: ban_one(both[number % 2]), range(BANS))]

    assert len(delays) == BANS
    assert max((delay for each in delays for delay in each), default=0) <= EFFECTIVE_WITHIN
