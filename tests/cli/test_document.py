"""The examples of docs/cli.md do what is shown, and its tables name what there is."""

import json
import re
import shlex
from pathlib import Path

from tests.cli.conftest import FUNCTION_KEY, Cli
from tests.e2e.test_readme import examples, shape
from tests.serving import Emulator
from tests.test_documents import TEXTS

TEXT = TEXTS["docs/cli.md"]
PROGRAMS = ("serve", "emulator")  # --help is theirs
DOCUMENTED = "http://localhost:7071/api"
EMULATOR = "http://127.0.0.1:7072"
# What differs from run to run: words that are cut short, times, addresses of a name, durations, and
# the widths of columns.
VARIES = re.compile(
    r"(\S*…\S*)|([\d-]{10}T[\d:.]+Z)|(\d+ ms +[\d.:, ]+$)|(\d+ ms)|(-?\d+ s)\b|(  +)", re.MULTILINE
)
VARIED = (r"\S+", r"[\d-]{10}T[\d:.]+Z", r"\d+ ms +[\d.:, ]+", r"\d+ ms", r"-?\d+ s", "  +")


def is_like(given: str, shown: str) -> bool:
    """Whether both are JSON of the same shape, or the same text except for what varies."""
    if shown.startswith("{"):
        return shape(json.loads(given)) == shape(json.loads(shown))
    pattern, end = "", 0
    for found in VARIES.finditer(shown):
        pattern += re.escape(shown[end : found.start()]) + VARIED[(found.lastindex or 0) - 1]
        end = found.end()
    lines = "\n".join(map(str.rstrip, given.splitlines()))
    return bool(re.fullmatch(pattern + re.escape(shown[end:]), lines))


def exported(url: str) -> dict[str, str]:
    """The settings that the document exports for the first example of doctor."""
    (block,) = re.findall(r"^unset ACS_TOKENS_URL\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    words = shlex.split(block.replace("export", "").replace(EMULATOR, url))
    return dict(word.split("=", 1) for word in words)


def run(cli: Cli, command: str, variables: dict[str, str]) -> str:
    """Run an example: a command, perhaps with its stdin, or one whose output a variable keeps."""
    if found := re.fullmatch(r"(\w+)=\$\(acs-tokens (.*)\)", command):
        variables[found[1]] = cli(*found[2].split()).out.strip()
        return ""
    words, _, source = command.removeprefix("acs-tokens ").partition(" <<< ")
    return cli(*shlex.split(words), stdin=variables.get(source.strip('"$'), "")).out.strip()


def test_every_example_prints_what_is_shown(
    bare_cli: Cli, settings: dict[str, str], service: str, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / ".acs-emulator").mkdir()  # as `make start`
    doctor = Cli({"COLUMNS": "200", **exported(emulator.url)})
    bare_cli.variables.update(settings, ACS_TOKENS_KEY=FUNCTION_KEY, COLUMNS="200")
    variables: dict[str, str] = {}
    # what is shown, by what is true in this run
    replaced = {DOCUMENTED: service, EMULATOR: emulator.url}
    for command, shown in examples(TEXT):
        for old, new in replaced.items():
            command = command.replace(old, new)
        given = run(doctor if command == "acs-tokens doctor" else bare_cli, command, variables)
        if "invitation create" in command:
            replaced[id_in(shown)] = id_in(given)
        for old, new in replaced.items():
            shown = shown.replace(old, new)

        if shown.startswith("k2:"):
            assert re.fullmatch(r"k2:[A-Za-z0-9+/]{43}=", given)
        else:
            assert is_like(given, shown), f"{command}\n{given}\n{shown}"


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
