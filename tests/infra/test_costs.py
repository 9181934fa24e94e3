"""The arithmetic of what docs/deploy.md says that a deployment costs."""

import re

from tests.infra.bicep.syntax import parse
from tests.infra.template import INFRA, VARIABLE
from tests.serving import ROOT

PAGE = (ROOT / "docs" / "deploy.md").read_text()
HOURS = 730
SECONDS = HOURS * 3600
GB, FREE_LOG_GB, LOG_KB = 2, 5, 4
LOADS_A_DAY = (0, 1_000, 100_000)


def cells(first: str) -> list[str]:
    """The cells of the row that begins so, without the first."""
    (row,) = re.findall(rf"^\| {re.escape(first)}.*? \| (.*) \|$", PAGE, re.MULTILINE)
    return [cell.strip("* ") for cell in row.split(" | ")]


def price(first: str) -> float:
    (cell,) = cells(first)
    return float(cell)


def test_the_costs_are_what_the_prices_make_of_the_page_loads() -> None:
    loads = [round(each * 365 / 12) for each in LOADS_A_DAY]
    ready = [GB * SECONDS * price("always-ready instance at rest")] * 3
    work = [GB * min(each, SECONDS) * price("always-ready instance at work") for each in loads]
    executions = [each / 1e6 * price("a million executions") for each in loads]
    log = [max(0, each * LOG_KB / 1e6 - FREE_LOG_GB) * price("log, a GB") for each in loads]

    lines = {
        "one instance kept ready": ready,
        "its work": work,
        "executions": executions,
        "log: 4 KB": log,
    }
    assert cells("page loads") == [f"{each:,}" for each in loads]
    for first, costs in lines.items():
        assert cells(first) == [f"{cost:.2f}" for cost in costs], first
    shown = [sum(round(costs[column], 2) for costs in lines.values()) for column in range(3)]
    assert cells("**sum**") == [f"{each:.2f}" for each in shown]
    assert f"{SECONDS:,} seconds" in PAGE
    assert f"= {3 * HOURS * price('private endpoint'):.2f}, and some cents for DNS" in PAGE


def test_every_switch_is_explained_with_its_default() -> None:
    switches = dict(VARIABLE.findall((INFRA / "main.parameters.json").read_text()))
    section = PAGE.partition("## Switches")[2].partition("\n## ")[0]
    shown = " ".join(re.findall(r"^\| (`.*?) \|", section, re.MULTILINE))

    explained = set(re.findall(r"`([A-Z_]+)`", shown))
    assert explained == set(switches) - {"AZURE_ENV_NAME", "AZURE_LOCATION"}
    for name in ("ALWAYS_READY_INSTANCES", "MAXIMUM_INSTANCE_COUNT", "DAILY_LOG_CAP_GB", "GUESTS"):
        assert re.search(rf"^\| `{name}` \|.*\| `{switches[name]}` \|$", section, re.MULTILINE), (
            name
        )


def test_the_page_names_what_the_template_gives_back() -> None:
    named = set(re.findall(r"the output `([A-Z_]+)`", PAGE))

    assert named
    assert named <= set(parse(INFRA / "main.bicep").outputs)
