"""Load for minutes: `make soak` sets for how long; `make test` leaves these tests out."""

import os
from collections.abc import Callable

import pytest

collect_ignore_glob = [] if "SOAK_SECONDS" in os.environ else ["test_*.py"]

Report = Callable[[str], None]


@pytest.fixture
def report(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Report:
    """Prints what was measured."""

    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n{request.node.name}\n  {text}")

    return say
