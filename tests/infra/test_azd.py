"""azure.yaml and its hooks."""

import copy
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.infra.bicep.syntax import parse
from tests.infra.template import INFRA
from tests.serving import ROOT

PROJECT: dict[str, Any] = yaml.safe_load((ROOT / "azure.yaml").read_text())
SCHEMA = json.loads((Path(__file__).parent / "fixtures" / "azd-schema.json").read_text())
HOOKS = INFRA / "hooks"
DEPLOYED = {
    "API_URL": "https://func-x.azurewebsites.net/api",
    "FUNCTION_APP_NAME": "func-x",
    "AZURE_RESOURCE_GROUP": "rg-x",
    "GUESTS_ADMITTED": "true",
}
WRONG: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a misspelt hook": lambda hooks: hooks.update(prepackaging=hooks.pop("prepackage")),
    "a hook without a script": lambda hooks: hooks["postdeploy"]["posix"].pop("run"),
    "an unknown shell": lambda hooks: hooks["postdeploy"]["posix"].update({"shell": "bash"}),
    "a hook for one system": lambda hooks: hooks["prepackage"].pop("windows"),
}


def test_azure_yaml_is_what_azd_reads() -> None:
    jsonschema.validate(PROJECT, SCHEMA, jsonschema.Draft201909Validator)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_azure_yaml_is_refused(name: str) -> None:
    project = copy.deepcopy(PROJECT)
    WRONG[name](project["services"]["api"]["hooks"])

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(project, SCHEMA, jsonschema.Draft201909Validator)


def test_each_hook_is_there_for_both_systems() -> None:
    hooks = PROJECT["services"]["api"]["hooks"]
    named = {Path(each["run"]) for hook in hooks.values() for each in hook.values()}

    assert named == {path.relative_to(ROOT) for path in HOOKS.iterdir()}
    assert {(path.stem, path.suffix) for path in named} == {
        (name, suffix) for name in hooks for suffix in (".sh", ".ps1")
    }


def test_the_hooks_of_both_systems_run_the_same_commands() -> None:
    def commands(name: str) -> list[str]:
        source = re.sub(r"[\\`]\n\s*", "", (HOOKS / name).read_text())
        lines = re.findall(r"^\s*(?:uvx?|az) .*", source, re.MULTILINE)
        plain = [re.sub(r"[\"'$]|env:| \|\| .*", "", line).lower().split() for line in lines]
        return sorted(" ".join(line) for line in plain)

    for hook, least in (("prepackage", 2), ("postdeploy", 1)):
        assert len(commands(f"{hook}.sh")) == least
        assert commands(f"{hook}.sh") == commands(f"{hook}.ps1")


def test_the_hooks_use_outputs_of_the_template() -> None:
    source = (HOOKS / "postdeploy.sh").read_text()

    used = set(re.findall(r"\$\{?([A-Z_]+)", source))
    assert used == set(DEPLOYED)
    assert used <= set(parse(INFRA / "main.bicep").outputs)


def copy_of_the_hook(folder: Path) -> Path:
    hook = folder / "infra" / "hooks" / "postdeploy.sh"
    hook.parent.mkdir(parents=True)
    hook.write_bytes((HOOKS / hook.name).read_bytes())
    return hook


def test_after_a_deployment_doctor_checks_it_and_cannot_undo_it(tmp_path: Path) -> None:
    hook = copy_of_the_hook(tmp_path)
    (tmp_path / "acs_tokens_cli").mkdir()
    program = tmp_path / "bin" / "uvx"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "ran: $*"\nexit 1\n')
    program.chmod(0o755)

    run = subprocess.run(
        ["sh", hook],
        env=DEPLOYED | {"PATH": f"{program.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"ran: --quiet --from . acs-tokens doctor --url {DEPLOYED['API_URL']}\n" in run.stdout


def test_after_a_deployment_it_is_said_how_to_use_it(tmp_path: Path) -> None:
    hook = copy_of_the_hook(tmp_path)

    run = subprocess.run(
        ["sh", hook], env=DEPLOYED, capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert f"{DEPLOYED['API_URL']}/guest/token" in run.stdout
    assert "az functionapp keys list --name func-x --resource-group rg-x" in run.stdout
    assert "no command line with 'doctor'" in run.stdout
    assert run.stderr == ""
