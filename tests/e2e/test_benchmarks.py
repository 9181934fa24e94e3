"""The parts of the benchmark work. How fast anything is, is not tested."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from azure.communication.identity.aio import CommunicationIdentityClient

from acs_emulator.defaults import connection_string
from tests.serving import ROOT

if sys.platform != "linux":
    pytest.skip("the benchmark pins processes to cores, as Linux does", allow_module_level=True)

from benchmarks import acs, memory
from benchmarks.acs import Upstream, delayed
from benchmarks.chart import GROUPS, LABELS, chart
from benchmarks.load import offer
from benchmarks.peers import FLOOR, OURS, TUTORIAL, peers
from benchmarks.processes import Server, environment
from benchmarks.report import COLUMNS, table, with_results
from benchmarks.results import Results
from benchmarks.targets import TARGETS

DOCUMENT = (ROOT / "docs" / "performance.md").read_text()
MEASURED = Results.read(ROOT / "benchmarks" / "results" / "results.json")
ACS_QUOTA = 1000 / 30  # tokens a second


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("benchmark")


@pytest.fixture(scope="module")
def upstream(folder: Path) -> Iterator[Upstream]:
    with acs.upstream(folder) as running:
        yield running


@pytest.fixture
def results() -> Results:
    """Of a run in which everything took half the tutorial's time, which took 2 of anything."""
    pairs = {(figure, key) for _, figure in GROUPS for key in LABELS}
    pairs |= {(figure, key) for _, figure, _ in COLUMNS for key in LABELS}
    pairs |= {(memory.SERVED, key) for key in LABELS}
    for measure in (measure for target in TARGETS for measure in target.measures):
        pairs |= {(measure.figure, key) for key in (measure.peer, measure.by) if key}
    everything = Results({"rounds": 1})
    for figure, key in pairs:
        everything.add(figure, key, 2 if key == TUTORIAL else 1)
    return everything


async def test_the_stand_in_gives_the_sdk_a_token_and_counts_one_request(
    upstream: Upstream, folder: Path
) -> None:
    before = upstream.counts()

    async with CommunicationIdentityClient.from_connection_string(
        connection_string(upstream.endpoint), connection_verify=str(folder / "ca.pem")
    ) as client:
        user, issued = await client.create_user_and_token(["voip"])

    after = upstream.counts()
    assert user.properties["id"].startswith("8:acs:")
    assert issued.token
    assert {name: after[name] - before[name] for name in after} == {"connections": 1, "requests": 1}


def test_callers_get_all_their_tokens_from_a_row_that_is_far_from_acs(
    upstream: Upstream, folder: Path
) -> None:
    (floor,) = (peer for peer in peers() if peer.key == FLOOR)
    with delayed(upstream.port, 2) as endpoint:
        server = Server(floor.command, environment(folder, endpoint), folder / "floor.log")
        try:
            server.wait_for_token()
            load = asyncio.run(offer(server.port, 4, 10, requests=20))
        finally:
            server.stop()

    assert (len(load.latencies), load.refused, load.missing) == (20, 0, 0)
    assert min(load.latencies) >= 0.002


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    results = Results()
    for ours, other in ((1, 2), (30, 10), (4, 5)):
        results.add("seconds", OURS, ours)
        results.add("seconds", TUTORIAL, other)

    assert results.ratio("seconds", OURS, TUTORIAL) == 0.8
    assert results.ratio("seconds", OURS, FLOOR) is None


def test_results_become_a_table_and_a_chart_and_survive_their_file(
    results: Results, tmp_path: Path
) -> None:
    results.write(tmp_path / "results.json")
    read = Results.read(tmp_path / "results.json")
    text, picture = table(read, peers()), ET.fromstring(chart(read))  # noqa: S314 our own

    assert read == results
    assert all(peer.title in text for peer in peers())
    assert all(target.what in text for target in TARGETS)
    assert "not measured |" not in text
    bars = [mark for mark in picture.iter() if mark.tag.endswith("rect")]
    assert len(bars) == len(GROUPS) * len(LABELS)


def test_the_document_has_a_place_for_results() -> None:
    written = with_results(DOCUMENT, "the tables\n")

    assert "the tables" in written
    assert with_results(written, "the tables\n") == written


def test_the_document_shows_the_results_that_are_kept() -> None:
    kept = (ROOT / "benchmarks" / "results" / "table.md").read_text()

    assert with_results(DOCUMENT, kept) == DOCUMENT


def test_what_the_documents_say_in_words_was_measured() -> None:
    halves = [MEASURED.ratio(f"p50 ms, 50 ms, {n} at once", OURS, TUTORIAL) for n in (1, 16)]
    a_second = MEASURED.value("tokens per second, 0 ms, 64 at once", OURS)

    assert "about half the tutorial's time" in (ROOT / "README.md").read_text()
    assert all(ratio and 0.45 <= ratio <= 0.55 for ratio in halves)
    assert "over 20 times" in DOCUMENT
    assert a_second
    assert a_second > 20 * ACS_QUOTA
