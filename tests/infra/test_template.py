"""What `azd up` would create, for each set of switches; and faults, all of which are found."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra import demands, entra_demands
from tests.infra.bicep.deployment import deploy
from tests.infra.bicep.resources import Deployment, Resource
from tests.infra.bicep.syntax import parse
from tests.infra.faults import FAULTS, Fault
from tests.infra.template import (
    ALWAYS,
    ENTRA_SWITCHES,
    INFRA,
    SWITCHES,
    deploy_entra,
    deploy_main,
    parameters,
)
from tests.serving import ROOT

NUMBERS = {10: "ten", 11: "eleven", 12: "twelve"}


def problems(folder: Path) -> Iterator[str]:
    """All that is wrong with a template, for all sets of switches."""
    for switches in SWITCHES.values():
        deployment = deploy_main(folder, switches)
        yield from deployment.problems or demands.unmet(deployment, switches)
    for given in ENTRA_SWITCHES.values():
        deployment = deploy_entra(folder, given)
        yield from deployment.problems or entra_demands.unmet(deployment)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of infra/ for faults."""
    return Path(shutil.copytree(INFRA, tmp_path_factory.mktemp("template") / "infra"))


@pytest.mark.parametrize("name", SWITCHES)
def test_the_template_is_right(name: str) -> None:
    deployment = deploy_main(INFRA, SWITCHES[name])

    assert deployment.problems == []
    assert list(demands.unmet(deployment, SWITCHES[name])) == []


@pytest.mark.parametrize("name", ENTRA_SWITCHES)
def test_the_entra_application_is_right(name: str) -> None:
    deployment = deploy_entra(INFRA, ENTRA_SWITCHES[name])

    assert deployment.problems == []
    assert list(entra_demands.unmet(deployment)) == []


def test_as_many_faults_are_planted_as_the_page_says() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text()

    assert len(set(FAULTS)) == len(FAULTS) >= 40
    assert f"{len(FAULTS)} faults are planted" in page
    assert f"for {NUMBERS[len(SWITCHES)]} sets of switches" in page


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda fault: f"{fault.file}: {fault.new.strip()}"[:60]
)
def test_a_planted_fault_is_found(fault: Fault, template: Path) -> None:
    source = (INFRA / fault.file).read_text()
    assert source.count(fault.old) == 1
    shutil.copytree(INFRA, template, dirs_exist_ok=True)
    (template / fault.file).write_text(source.replace(fault.old, fault.new))

    others = []
    for problem in problems(template):
        others.append(problem)
        if fault.found in problem:
            break
    else:
        pytest.fail(f"not found, but {set(others)}")


def test_the_sets_of_switches_take_every_branch() -> None:
    deployments: list[Deployment] = [deploy_main(INFRA, each) for each in SWITCHES.values()]
    deployments += [deploy_entra(INFRA, each) for each in ENTRA_SWITCHES.values()]
    taken = {branch for each in deployments for branch in each.branches}

    positions = {(file, position) for file, position, _ in taken}
    assert len(positions) > 10
    assert {(*each, value) for each in positions for value in (True, False)} - taken == set()


def test_azd_asks_for_nothing_but_name_and_region() -> None:
    declared = parse(INFRA / "main.bicep").declarations.values()
    without_default = {
        each.name for each in declared if each.kind == "parameter" and each.value is None
    }
    given = parameters(INFRA, ALWAYS)

    assert without_default == {"environmentName", "location"}
    assert set(given) == {each.name for each in declared if each.kind == "parameter"}


def test_defaults_of_the_parameter_file_are_those_of_the_template() -> None:
    by_file = deploy_main(INFRA, {})
    required = dict(zip(("environmentName", "location"), ALWAYS.values(), strict=True))

    by_template = deploy(INFRA / "main.bicep", required)
    assert [_described(each) for _, each in by_file.resources] == [
        _described(each) for _, each in by_template.resources
    ]


def _described(resource: Resource) -> object:
    """What must be the same in two deployments; the values of secrets never are."""
    is_secret = resource.type.endswith("/secrets")
    return resource.kind, resource.id, None if is_secret else resource.properties


def test_no_two_deployments_have_the_same_secrets() -> None:
    first, second = (
        {
            each.name: each.properties["value"]
            for _, each in deployment.resources
            if each.type.endswith("/secrets")
        }
        for deployment in (
            deploy_main(INFRA, SWITCHES["guests"]),
            deploy_main(INFRA, SWITCHES["guests"]),
        )
    )

    assert set(first) == {"guest-handle-keys", "log-hash-key"}
    assert all(first[name] != second[name] for name in first)
