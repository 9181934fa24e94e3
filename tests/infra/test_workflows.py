"""The workflows of GitHub: no secret, least rights, nothing that others can change."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.infra.template import INFRA, VARIABLE
from tests.serving import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(path.name for path in FOLDER.iterdir())
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def workflow(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((FOLDER / name).read_text())
    return found


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_by_digest(name: str) -> None:
    used = re.findall(r"uses: (.+)", (FOLDER / name).read_text())

    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_secret_and_may_only_read(name: str) -> None:
    assert "secrets" not in (FOLDER / name).read_text()
    assert workflow(name)["permissions"] == {"contents": "read"}
    checkouts = [step for step in steps(name) if "checkout" in step.get("uses", "")]
    assert [step["with"] for step in checkouts] == [{"persist-credentials": False}]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_text_of_others_becomes_a_part_of_a_script(name: str) -> None:
    assert [step["run"] for step in steps(name) if "${{" in step.get("run", "")] == []


def test_each_push_is_checked_as_on_any_machine() -> None:
    assert "push" in workflow("check.yml")[True]  # YAML 1.1 reads the key "on" as true
    assert ".ci/run" in [step.get("run") for step in steps("check.yml")]


def test_a_deployment_signs_in_with_openid_connect() -> None:
    (job,) = workflow("deploy.yml")["jobs"].values()

    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert any(
        "--federated-credential-provider github" in step.get("run", "")
        for step in steps("deploy.yml")
    )


def test_a_deployment_passes_all_switches_on() -> None:
    (job,) = workflow("deploy.yml")["jobs"].values()
    switches = {name for name, _ in VARIABLE.findall((INFRA / "main.parameters.json").read_text())}

    assert len(switches) > 15
    assert {name: f"${{{{ vars.{name} }}}}" for name in switches}.items() <= job["env"].items()


def test_dependabot_looks_at_every_list_of_dependencies() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    npm = {folder for update in updates for folder in update.get("directories", ())}

    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "pip", "npm"}
    assert npm == {
        *("/client", "/client/sample", "/tests/client/packaging"),
        *("/tests/node", "/tests/infra/node", "/benchmarks/node"),
    }
    assert all((ROOT / folder[1:] / "package.json").is_file() for folder in npm)


def test_the_development_container_has_the_python_that_is_deployed() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())

    assert container["image"].endswith("/python:3.13-bookworm")
    assert container["forwardPorts"] == [7071, 7072, 7073]
