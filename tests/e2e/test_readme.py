"""The examples in the documents do what is shown."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import App
from tests.javascript import needs_node, run_source
from tests.keys import KEY, random_key
from tests.serving import ROOT, Emulator, environment
from tests.test_documents import TEXTS

EXECUTED = ("README.md", "docs/api.md", "docs/errors.md", "docs/operations.md")
VARIABLES = {
    "USER_ID": "userId",
    "TOKEN": "token",
    "OID": "oid",
    "APP_ID": "appId",
    "HANDLE": "guestHandle",
    "INVITATION": "invitation",
    "INVITATION_ID": "id",
    "BEARER": "access_token",
}
STORAGE = """
const stored = new Map();
globalThis.sessionStorage = {
  getItem: (name) => stored.get(name) ?? null,
  setItem: (name, value) => stored.set(name, value),
};
"""


def examples(text: str) -> Iterator[tuple[str, str]]:
    """The lines after a ``$`` in a document's consoles, each with what follows it."""
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, response = example.partition("\n")
            yield command, response.strip()


def scripts(document: str) -> list[str]:
    """A document's JavaScript."""
    return re.findall(r"```js\n(.*?)```", TEXTS[document], re.DOTALL)


def shape(value: object) -> object:
    """The names and types in a JSON value, in order."""
    if isinstance(value, dict):
        return [(name, shape(each)) for name, each in value.items()]
    return type(value)


def is_same_shape(shown: str, given: str) -> bool:
    """Whether both have the same status line, or the same fields of the same types."""
    if shown.startswith("HTTP/"):
        return given.startswith(shown)
    return shape(json.loads(shown)) == shape(json.loads(given))


@pytest.mark.parametrize("document", EXECUTED)
def test_every_curl_gives_the_response_that_is_shown(
    document: str, app: App, emulator: Emulator
) -> None:
    variables: dict[str, str] = {}
    last: dict[str, Any] = {}
    wrong: list[str] = []
    for command, shown in examples(TEXTS[document]):
        if not command.startswith("curl"):  # USER_ID=… is what the last response holds
            names = re.findall(r"(\w+)=", command)
            known = {name: last[VARIABLES[name]] for name in names if name in VARIABLES}
            variables |= known or dict([command.split("=", 1)])
            continue
        command = command.replace("http://localhost:7071", app.address)
        command = command.replace("http://localhost:7072", emulator.url)
        command = command.replace("https://localhost:7073", emulator.tls_url)
        command = command.replace(".acs-emulator/ca.pem", str(emulator.authority))
        ran = subprocess.run(
            ["bash", "-c", command], env=variables, capture_output=True, text=True, check=True
        )
        if not is_same_shape(shown, ran.stdout):
            wrong.append(f"{command}\n{ran.stdout}")
        last = json.loads(ran.stdout) if ran.stdout.startswith("{") else {}

    assert wrong == []


def test_every_example_is_executed() -> None:
    counts = {name: len(list(examples(text))) for name, text in TEXTS.items()}

    others = counts.pop("docs/cli.md")
    assert others == 16  # tests/cli/test_document.py runs them
    assert {name for name, count in counts.items() if count} == set(EXECUTED)
    assert sum(counts.values()) == 46  # 38 requests, 8 lines that set variables


def test_a_known_id_is_hashed_as_the_log_does() -> None:
    text = TEXTS["docs/operations.md"]
    lines = re.findall(r"^(?:acs-tokens log-hash|python3 -c) .*\$ID.*$", text, re.MULTILINE)
    variables = environment(
        ID="8:acs:226a54f1-0000-4000-8000-000000000001",
        LOG_HASH_KEY=random_key("log"),
        ACS_CONNECTION_STRING=f"endpoint=http://127.0.0.1:1;accesskey={KEY}",
    )

    hashes = [
        subprocess.run(
            ["bash", "-c", _with_our_python(line)],
            env=variables, cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout
        for line in lines
    ]  # fmt: skip

    assert len(hashes) == 2
    assert hashes[0] == hashes[1]
    assert re.fullmatch(r"[0-9a-f]{16}\n", hashes[0])


def _with_our_python(line: str) -> str:
    """A line of a document, run by the Python of the tests, where the command is not installed."""
    line = line.replace("acs-tokens", "python3 -m acs_tokens_cli", 1)
    return line.replace("python3", sys.executable, 1)


@needs_node
def test_the_page_gets_a_token_refreshes_it_and_may_keep_it(app: App, emulator: Emulator) -> None:
    (page,), (keeping,) = scripts("docs/api.md"), scripts("docs/scaling.md")
    seen = run_source(
        STORAGE
        + page.replace("http://localhost:7071", app.address)
        + f"const load = async () => {{ {keeping} return current; }};"
        + """
        const got = await credential.getToken();
        const next = await refresh();
        const loads = [await load(), await load()];
        console.log(JSON.stringify({ userId, token, got, next, loads }));
        credential.dispose();
        """
    )

    assert seen["got"]["token"] == seen["token"]
    assert emulator.examine(seen["token"])["valid"]
    assert seen["next"]["userId"] == seen["userId"]
    assert emulator.examine(seen["next"]["token"])["valid"]
    assert seen["loads"][0] == seen["loads"][1]
