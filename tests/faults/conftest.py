"""An app behind a proxy that can cause any fault."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.scenarios import Scenario, ScenarioFactory
from tests.serving import Emulator

collect_ignore = [] if "FAULT_ROUNDS" in os.environ else ["test_probe.py"]  # `make faults`


@pytest.fixture
def factory(emulator: Emulator, tmp_path: Path) -> ScenarioFactory:
    """Runs such apps."""
    return ScenarioFactory(emulator, tmp_path)


@pytest.fixture
def scenario(factory: ScenarioFactory) -> Iterator[Scenario]:
    """One such app."""
    with factory.proxies(1) as (proxy,), factory.scenario(proxy) as scenario:
        yield scenario
