"""The examples of docs/cli.md do what is shown, and its tables name what there is."""

import json
import re
import shlex

from tests.cli.conftest import FUNCTION_KEY, Cli
from tests.e2e.test_readme import examples, shape
from tests.test_documents import TEXTS

TEXT = TEXTS["docs/cli.md"]
PROGRAMS = ("serve", "emulator")  # --help is theirs
DOCUMENTED = "http://localhost:7071/api"


def looks_like(output: str) -> object:
    """What does not change from run to run: the shape of JSON, and the first words of lines."""
    if output.startswith("{"):
        return shape(json.loads(output))
    if output.startswith("printf"):
        return output
    words = [re.split(r"  +", line.strip()) for line in output.splitlines()]
    return [line[:2] if line[0] in ("✓", "✗") else line[:1] for line in words]


def run(cli: Cli, command: str, variables: dict[str, str]) -> str:
    """Run an example: a command, perhaps with its stdin, or one whose output a variable keeps."""
    if found := re.fullmatch(r"(\w+)=\$\(acs-tokens (.*)\)", command):
        variables[found[1]] = cli(*found[2].split()).out.strip()
        return ""
    words, _, source = command.removeprefix("acs-tokens ").partition(" <<< ")
    return cli(*shlex.split(words), stdin=variables.get(source.strip('"$'), "")).out.strip()


def test_every_example_prints_what_is_shown(
    bare_cli: Cli, settings: dict[str, str], service: str
) -> None:
    bare_cli.variables.update(settings, ACS_TOKENS_KEY=FUNCTION_KEY, COLUMNS="200")
    variables: dict[str, str] = {}
    replaced = {DOCUMENTED: service}  # what is shown, by what is true in this run
    for command, shown in examples(TEXT):
        for old, new in replaced.items():
            command, shown = command.replace(old, new), shown.replace(old, new)
        given = run(bare_cli, command, variables)

        if shown.startswith("k2:"):
            assert re.fullmatch(r"k2:[A-Za-z0-9+/]{43}=", given)
        else:
            assert looks_like(given) == looks_like(shown)
        if "invitation create" in command:
            replaced[id_in(shown)] = id_in(given)


def id_in(output: str) -> str:
    """Return the id in a table that a command printed."""
    return output.partition("\nid ")[2].split()[0]


def test_every_command_is_explained(cli: Cli) -> None:
    def commands(*group: str) -> list[str]:
        listed = cli(*group, "--help", COLUMNS="200").out.partition("Commands")[2]
        return re.findall(r"^│ ([a-z-]+) ", listed, re.MULTILINE)

    groups = {name: commands(name) for name in commands() if name not in PROGRAMS}
    names = [f"{group} {name}".strip() for group, each in groups.items() for name in each or [""]]

    assert len(names) + len(PROGRAMS) == 22
    assert [name for name in (*names, *PROGRAMS) if f"`{name}" not in TEXT] == []


def test_every_option_that_is_named_exists(cli: Cli) -> None:
    helps = [
        cli(*command.split(), "--help", COLUMNS="200").out
        for command in (
            "token issue",
            "teams exchange",
            "ban add",
            "invitation create",
            "invitation withdraw",
            "meeting show",
            "doctor",
            "keys new",
            "",
        )
    ]
    ours = re.sub(r"^\| `(?:user|token|--connection-string)[^|]*\|", "", TEXT, flags=re.MULTILINE)
    named = set(re.findall(r"[ `(](--[a-z-]+)", ours)) - {"--from", "--help", "--connection-string"}
    foreign = {"--name", "--resource-group", "--allowed-origins"}  # of az, in a cure

    assert {name for name in named - foreign if not any(name in text for text in helps)} == set()
