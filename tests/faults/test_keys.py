"""The access keys are regenerated while the app is asked: nobody notices."""

import itertools
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from acs_emulator.defaults import ACCESS_KEY_2, connection_string
from tests.e2e.conftest import App
from tests.serving import Emulator, running_app
from tests.waiting import wait_until

CLIENTS = 4
ANSWERS = 40  # before and after a change
CHANGES = 6 if "FAULT_ROUNDS" in os.environ else 1


class Load:
    """Clients that ask for tokens all the time."""

    def __init__(self, app: App) -> None:
        self.statuses: Counter[int] = Counter()
        self._app = app
        self._over = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Ask until the block ends."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            jobs = [pool.submit(self._ask) for _ in range(CLIENTS)]
            try:
                yield
            finally:
                self._over = True
            for job in jobs:
                job.result()

    def wait_for(self, count: int) -> None:
        """Wait until so many more were answered."""
        goal = self.statuses.total() + count
        wait_until(lambda: self.statuses.total() >= goal, f"{count} more answers")

    def _ask(self) -> None:
        user = self._app.new_token()["userId"]
        routes = ("users/token", f"users/{user}/token", f"users/{user}/revoke", "users")
        for route in itertools.cycle(routes):
            self.statuses[self._app.call("POST", route).status] += 1
            if self._over:
                return


def test_no_request_fails_while_keys_are_regenerated(own_emulator: Emulator) -> None:
    keys = {"primary": own_emulator.access_key, "secondary": ACCESS_KEY_2}
    for _, (name, other) in zip(
        range(CHANGES), itertools.cycle([("primary", "secondary"), ("secondary", "primary")])
    ):
        # The operator has given the app both keys of today; the one that it uses is regenerated.
        string = connection_string(own_emulator.url, keys[name])
        with running_app(ACS_CONNECTION_STRING=string, ACS_ACCESS_KEY_2=keys[other]) as program:
            load = Load(App(*program))
            with load.running():
                load.wait_for(ANSWERS)
                answer = own_emulator.call("POST", "/emulator/rotate-key", {"key": name})
                load.wait_for(ANSWERS)
        keys[name] = answer.json["connectionString"].partition("accesskey=")[2]

        assert set(load.statuses) == {200, 201, 204}

    refused = sum(entry["status"] == 401 for entry in own_emulator.requests())
    assert 0 < refused <= CHANGES * CLIENTS  # each call that was under way, and no other
