"""An app behind a proxy that can break anything."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.scenarios import Rig, Seat
from tests.serving import Emulator

collect_ignore = [] if "FAULT_ROUNDS" in os.environ else ["test_probe.py"]  # `make faults`


@pytest.fixture
def rig(emulator: Emulator, tmp_path: Path) -> Rig:
    """What it takes to run such apps."""
    return Rig(emulator, tmp_path)


@pytest.fixture
def seat(rig: Rig) -> Iterator[Seat]:
    """One of them."""
    with rig.proxies(1) as (proxy,), rig.seat(proxy) as seat:
        yield seat
