"""The commands for identities and tokens, in process and at a service."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.cli.conftest import FUNCTION_KEY, Cli, run_shell
from tests.serving import Emulator

NOBODY = f"8:acs:{uuid4()}_{uuid4()}"


def teams_user(emulator: Emulator) -> tuple[str, list[str]]:
    """The Entra token of a Teams user, and the arguments that name the user."""
    made = emulator.call("POST", "/emulator/teams-token", {}).json
    return made["token"], ["--client-id", made["appId"], "--user-object-id", made["oid"]]


def is_valid(emulator: Emulator, token: str) -> bool:
    return bool(emulator.examine(token)["valid"])


def test_an_identity_is_created_used_and_deleted(either: Cli, emulator: Emulator) -> None:
    user = either("user", "create", "-o", "json").json["userId"]
    issued = either("token", "issue", user, "-s", "chat", "-s", "voip", "-o", "json").json
    refreshed = either("token", "refresh", user, "--minutes", "60", "-o", "json").json

    assert issued["userId"] == refreshed["userId"] == user
    assert set(issued) == {"userId", "token", "expiresOn"}
    assert is_valid(emulator, issued["token"])
    ends = datetime.fromisoformat(refreshed["expiresOn"])
    assert ends <= datetime.now(UTC) + timedelta(minutes=60)
    shown = either("token", "inspect", "-o", "json", stdin=issued["token"]).json
    assert shown["scopes"] == ["chat", "voip"]

    assert either("token", "revoke", user).code == 0
    assert not is_valid(emulator, issued["token"])
    assert either("user", "delete", user).code == 0
    assert either("token", "issue", user).code == 4


def test_without_a_user_id_a_token_is_one_of_a_new_identity(either: Cli) -> None:
    users = [either("token", "issue", "-o", "json").json["userId"] for _ in range(2)]

    assert users[0] != users[1]


def test_the_token_alone_is_printed_on_stdout(either: Cli, emulator: Emulator) -> None:
    ran = either("token", "issue", "--token-only")

    assert is_valid(emulator, ran.out.strip())
    assert ran.out.count("\n") == 1
    assert ran.err == ""


def test_a_table_has_a_field_a_line(either: Cli) -> None:
    lines = either("token", "issue").out.splitlines()

    assert [line.split()[0] for line in lines] == ["userId", "token", "expiresOn"]


@pytest.mark.parametrize("source", ["environment", "stdin", "file"])
def test_a_teams_token_is_exchanged(
    either: Cli, emulator: Emulator, source: str, tmp_path: Path
) -> None:
    token, names = teams_user(emulator)
    (tmp_path / "token").write_text(token + "\n")
    sources: dict[str, dict[str, Any]] = {
        "environment": {"TEAMS_TOKEN": token},
        "stdin": {"stdin": token},
        "file": {},
    }
    file = ["--token-file", str(tmp_path / "token")] if source == "file" else []

    ran = either("teams", "exchange", *names, *file, "-o", "json", **sources[source])

    assert ran.json["userId"].startswith("8:orgid:")
    assert is_valid(emulator, ran.json["token"])


def test_another_users_teams_token_is_refused(either: Cli, emulator: Emulator) -> None:
    token, names = teams_user(emulator)
    names[-1] = str(uuid4())

    ran = either("teams", "exchange", *names, stdin=token)

    assert ran.code == 4
    assert "another user" in ran.err
    assert token not in ran.err + ran.out


@pytest.mark.parametrize(
    "command",
    [
        ["user", "create"],
        ["token", "issue"],
        ["token", "issue", "-s", "chat", "--minutes", "90"],
    ],
    ids=" ".join,
)
def test_the_curl_command_does_the_same(cli: Cli, service: str, command: list[str]) -> None:
    ran = cli(*command, "--curl", "--url", service, ACS_TOKENS_KEY=FUNCTION_KEY)

    assert FUNCTION_KEY not in ran.out
    reply = json.loads(run_shell(ran.out, ACS_TOKENS_KEY=FUNCTION_KEY))
    assert reply["userId"].startswith("8:acs:")
    if "90" in command:
        shown = cli("token", "inspect", "-o", "json", stdin=reply["token"]).json
        assert shown["scopes"] == ["chat"]


def test_the_curl_command_has_no_teams_token(cli: Cli, service: str, emulator: Emulator) -> None:
    token, names = teams_user(emulator)
    secrets = {"ACS_TOKENS_KEY": FUNCTION_KEY, "TEAMS_TOKEN": token}

    ran = cli("teams", "exchange", *names, "--curl", "--url", service, **secrets)

    assert token not in ran.out
    assert json.loads(run_shell(ran.out, **secrets))["userId"].startswith("8:orgid:")


def test_without_a_service_curl_asks_the_local_one(cli: Cli) -> None:
    ran = cli("token", "revoke", NOBODY, "--curl")

    assert ran.out == f"curl -X POST http://localhost:7071/api/users/{NOBODY}/revoke\n"


@pytest.mark.parametrize("source", ["file", "stdin"])
def test_the_function_key_is_read_from(source: str, cli: Cli, service: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(FUNCTION_KEY)
    file = str(tmp_path / "key") if source == "file" else "-"

    ran = cli("user", "create", "--url", service, "--key-file", file, stdin=FUNCTION_KEY)

    assert ran.code == 0


def test_an_expired_token_is_shown_as_such(cli: Cli) -> None:
    claims = "eyJza3lwZWlkIjoiYWNzOngiLCJhY3NTY29wZSI6InZvaXAiLCJleHAiOjE2MDAwMDAwMDAsImlhdCI6MTUwMDAwMDAwMH0"

    shown = cli("token", "inspect", "-o", "json", stdin=f"e30.{claims}.x").json

    assert shown == {
        "verified": False,
        "userId": "8:acs:x",
        "scopes": ["voip"],
        "issuedOn": "2017-07-14T02:40:00Z",
        "expiresOn": "2020-09-13T12:26:40Z",
        "expired": True,
    }


def test_a_scope_that_is_repeated_counts_once(cli: Cli) -> None:
    assert cli("token", "issue", *["--scope", "voip"] * 6, "--token-only").code == 0
