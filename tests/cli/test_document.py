"""The examples of docs/cli.md do what is shown, and its tables name what there is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import FUNCTION_KEY, Cli
from tests.e2e.test_readme import examples, shape
from tests.serving import ROOT, Emulator, environment
from tests.test_documents import TEXTS

TEXT = TEXTS["docs/cli.md"]
DOCUMENTED = "http://localhost:7071/api"
MARK = "--- next example ---"


def looks_like(output: str) -> object:
    """What does not change from run to run: the shape of JSON, and the first words of lines."""
    if output.startswith("{"):
        return shape(json.loads(output))
    if output.startswith("printf"):
        return output
    words = [re.split(r"  +", line.strip()) for line in output.splitlines()]
    return [line[:2] if line[0] in ("✓", "✗") else line[:1] for line in words]


@pytest.fixture
def outputs(emulator: Emulator, service: str, tmp_path: Path) -> list[str]:
    """What each example prints, all of them run by one shell."""
    script = f'acs-tokens() {{ "{sys.executable}" -m acs_tokens_cli "$@"; }}\n'
    for command, _ in examples(TEXT):
        script += f"{command.replace(DOCUMENTED, service)}\necho '{MARK}'\n"
    ran = subprocess.run(
        ["bash", "-c", script],
        env=environment(
            ACS_CONNECTION_STRING=emulator.connection_string, ACS_TOKENS_KEY=FUNCTION_KEY,
            COLUMNS="200", PYTHONPATH=str(ROOT),
        ),
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    return [each.strip() for each in ran.stdout.split(f"{MARK}\n")[:-1]]


def test_every_example_prints_what_is_shown(outputs: list[str], service: str) -> None:
    shown = [text for _, text in examples(TEXT)]

    assert len(outputs) == len(shown) == 9
    for given, expected in zip(outputs, shown, strict=True):
        if expected.startswith("k2:"):
            assert re.fullmatch(r"k2:[A-Za-z0-9+/]{43}=", given)
        else:
            assert looks_like(given) == looks_like(expected.replace(DOCUMENTED, service))


def test_every_command_is_explained(cli: Cli) -> None:
    def commands(*group: str) -> list[str]:
        listed = cli(*group, "--help", COLUMNS="200").out.partition("Commands")[2]
        return re.findall(r"^│ ([a-z-]+) ", listed, re.MULTILINE)

    names = [
        " ".join((group, name)) for group in ("user", "token", "teams", "keys") for name in commands(group)
    ]  # fmt: skip
    names += [name for name in commands() if name not in ("user", "token", "teams", "keys")]

    assert len(names) == 13
    assert [name for name in names if f"`{name}" not in TEXT] == []


def test_every_option_that_is_named_exists(cli: Cli) -> None:
    helps = [
        cli(*command.split(), "--help", COLUMNS="200").out
        for command in ("token issue", "teams exchange", "doctor", "keys new", "")
    ]
    ours = re.sub(r"^\| `(?:user|token|--connection-string)[^|]*\|", "", TEXT, flags=re.MULTILINE)
    named = set(re.findall(r"[ `(](--[a-z-]+)", ours)) - {"--from", "--help", "--connection-string"}
    foreign = {"--name", "--resource-group", "--allowed-origins"}  # of az, in a cure

    assert {name for name in named - foreign if not any(name in text for text in helps)} == set()
