"""The README's examples do what it says."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import App
from tests.javascript import needs_node, run_source
from tests.serving import ROOT, Emulator, environment

README = (ROOT / "README.md").read_text()
VARIABLES = {
    "USER_ID": "userId",
    "TOKEN": "token",
    "OID": "oid",
    "APP_ID": "appId",
    "HANDLE": "guestHandle",
    "BEARER": "access_token",
}

PLATFORM = {"WEBSITE_AUTH_ENABLED", "WEBSITE_SITE_NAME"}


def examples() -> Iterator[tuple[str, str]]:
    """The lines after a ``$`` in the README's consoles, each with what follows it."""
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = example.partition("\n")
            yield command, answer.strip()


def same_shape(shown: str, given: str) -> bool:
    """Whether both have the same status line, or the same members of the same kinds."""
    if shown.startswith("HTTP/"):
        return given.startswith(shown)
    one, other = json.loads(shown), json.loads(given)
    return [(name, type(value)) for name, value in one.items()] == [
        (name, type(value)) for name, value in other.items()
    ]


def test_every_curl_gives_the_answer_that_is_shown(app: App, emulator: Emulator) -> None:
    variables: dict[str, str] = {}
    last: dict[str, Any] = {}
    curls = 0
    for command, shown in examples():
        if not command.startswith("curl"):  # USER_ID=… is what the last answer holds
            names = re.findall(r"(\w+)=", command)
            variables |= {name: last[VARIABLES[name]] for name in names}
            continue
        command = command.replace("http://localhost:7071", app.address)
        command = command.replace("http://localhost:7072", emulator.url)
        command = command.replace("https://localhost:7073", emulator.tls_url)
        command = command.replace(".acs-emulator/ca.pem", str(emulator.authority))
        ran = subprocess.run(
            ["bash", "-c", command], env=variables, capture_output=True, text=True, check=True
        )
        assert same_shape(shown, ran.stdout), f"{command}\n{ran.stdout}"
        last = json.loads(ran.stdout) if ran.stdout.startswith("{") else {}
        curls += 1

    assert curls == 20


def test_a_known_id_is_hashed_as_the_log_does() -> None:
    lines = re.findall(r"^(?:\.venv/bin/python|python3) -c .*\$ID.*$", README, re.MULTILINE)
    key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    variables = environment(
        ID="8:acs:226a54f1-0000-4000-8000-000000000001",
        LOG_HASH_KEY=key,
        ACS_CONNECTION_STRING=f"endpoint=http://127.0.0.1:1;accesskey={key}",
    )

    hashes = [
        subprocess.run(
            ["bash", "-c", re.sub(r"^\S+", sys.executable, line)],
            env=variables, cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout
        for line in lines
    ]  # fmt: skip

    assert len(hashes) == 2
    assert hashes[0] == hashes[1]
    assert re.fullmatch(r"[0-9a-f]{16}\n", hashes[0])


@pytest.mark.parametrize("function", [
    "create_user", "create_user_and_token", "issue_token", "refresh_token",
    "revoke_tokens", "delete_user", "exchange_teams_token", "guest_token", "guest_refresh",
    "guest_revoke", "guest_delete", "me_token", "me_revoke", "me_delete", "me_teams_token",
])  # fmt: skip
def test_every_function_is_explained(function: str) -> None:
    assert f"**{function}**" in README


@needs_node
def test_the_page_gets_a_token_and_refreshes_it(app: App, emulator: Emulator) -> None:
    page = re.findall(r"```js\n(.*?)```", README, re.DOTALL)[0]
    seen = run_source(
        "globalThis.sessionStorage = { getItem: () => null, setItem: () => {} };"
        + page.replace("http://localhost:7071", app.address)
        + """
        const next = await refresh();
        console.log(JSON.stringify({ userId, token, got: await credential.getToken(), next }));
        credential.dispose();
        """
    )

    assert seen["got"]["token"] == seen["token"]
    assert emulator.examine(seen["token"])["valid"]
    assert seen["next"]["userId"] == seen["userId"]
    assert emulator.examine(seen["next"]["token"])["valid"]


def test_every_setting_is_explained() -> None:
    folder = ROOT / "acs_tokens" / "settings"
    modules = [path for path in folder.glob("*.py") if path.stem not in ("azure", "environ")]
    source = "".join(path.read_text() for path in modules)
    names = set(re.findall(r'"([A-Z]+_[A-Z_]+|GUESTS)"', source)) - PLATFORM

    assert len(names) > 25
    assert {name for name in names if f"`{name}`" not in README} == set()
