"""The commands for invitations and the meeting, in process and at a service."""

import asyncio
import json
import re
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from acs_emulator.defaults import IDENTITY_HEADER
from acs_emulator.entra.users import USERS
from acs_tokens.access.invitations import new_id
from acs_tokens.identities.sqlite.store import SqliteStore
from acs_tokens.models.values import INVITATION_ID
from tests.cli.conftest import FUNCTION_KEY, MEETING, PAGE, Cli, responding, run_shell
from tests.raw_http import Reply, call
from tests.serving import Emulator

UNKNOWN = "Jb5cQ0o2kT1xW7aN"


def invite(cli: Cli, *options: str) -> dict[str, str]:
    made: dict[str, str] = cli(
        "invitation", "create", "--minutes", "60", *options, "-o", "json"
    ).json
    return made


def come(service: str, invitation: str) -> Reply:
    return call(f"{service}/", "POST", "guest/token", {"invitation": invitation})


def removes_guests(store: SqliteStore, id_: str) -> bool:
    async def read() -> bool:
        found = await store.invitations.get(id_)
        await store.aclose()
        assert found
        return found.removes_guests

    return asyncio.run(read())


def test_a_guest_comes_in_with_an_invitation_until_it_is_withdrawn(
    either: Cli, service: str, store: SqliteStore
) -> None:
    made = invite(either, "--guests", "3", "--label", "Team call")

    assert set(made) == {"invitation", "id", "expiresOn", "url"}
    assert come(service, made["invitation"]).status == 200
    shown = either("invitation", "show", made["id"], "-o", "json").json
    assert shown == {
        "id": made["id"], "expiresOn": made["expiresOn"], "guests": 3, "usesLeft": 2,
        "withdrawn": False, "label": "Team call",
    }  # fmt: skip

    assert either("invitation", "withdraw", made["id"]).out == ""
    assert either("invitation", "show", made["id"], "-o", "json").json["withdrawn"]
    assert not removes_guests(store, made["id"])
    assert either("invitation", "withdraw", made["id"], "--remove-guests").code == 0
    assert removes_guests(store, made["id"])


def test_an_invitation_may_be_for_one_guest_or_for_any_number(either: Cli) -> None:
    shown = [
        either("invitation", "show", invite(either, *options)["id"], "-o", "json").json
        for options in ((), ("--guests", "any"))
    ]

    assert [(each.get("guests"), each.get("usesLeft")) for each in shown] == [(1, 1), (None, None)]


def test_an_invitation_says_what_the_guests_tokens_may_allow(either: Cli, service: str) -> None:
    made = invite(either, "--scope", "chat", "--token-minutes", "60")

    token = come(service, made["invitation"]).json["token"]

    assert either("token", "inspect", "-o", "json", stdin=token).json["scopes"] == ["chat"]


@pytest.mark.parametrize(
    "options", [("--scope", "chat.join"), ("--token-minutes", "61")], ids=lambda each: each[0]
)
def test_more_than_guests_may_have_is_4(either: Cli, options: tuple[str, str]) -> None:
    ran = either("invitation", "create", "--minutes", "60", *options)

    assert (ran.code, ran.out) == (4, "")
    assert ran.err.startswith("Not allowed")


def test_the_table_holds_the_whole_link(either: Cli, service: str) -> None:
    ran = either("invitation", "create", "--minutes", "60", COLUMNS="40")

    fields = dict(line.split() for line in ran.out.splitlines())
    assert fields["url"] == f"{PAGE}#invitation={fields['invitation']}"
    assert come(service, fields["invitation"]).status == 200
    assert ran.err == ""


def test_the_invitation_alone_is_printed(either: Cli, service: str) -> None:
    ran = either("invitation", "create", "--minutes", "60", "--invitation-only")

    assert come(service, ran.out.strip()).status == 200
    assert ran.out.count("\n") == 1
    assert ran.err == ""


def test_no_id_looks_like_an_option() -> None:
    ids = [new_id() for _ in range(1000)]  # one in 64 would, if its first character were any

    assert all(re.fullmatch(INVITATION_ID, each) and each[0].isalpha() for each in ids)


def test_an_unknown_invitation_is_4(either: Cli) -> None:
    ran = [either("invitation", command, UNKNOWN) for command in ("show", "withdraw")]

    assert [(each.code, each.err.partition(".")[0]) for each in ran] == [
        (4, "Invitation not found")
    ] * 2


@pytest.mark.parametrize("command", ["show", "withdraw"])
def test_an_invitation_in_place_of_its_id_is_not_repeated(cli: Cli, command: str) -> None:
    secret = "eyJhbGciOi.secret.secret"

    ran = cli("invitation", command, secret)

    assert ran.code == 2
    assert "Never give the invitation itself" in ran.err
    assert secret not in ran.err + ran.out


def test_where_guests_are_switched_off_it_is_3(cli: Cli) -> None:
    ran = [cli("invitation", "create", "--minutes", "60"), cli("meeting", "show")]

    assert [each.code for each in ran] == [3, 3]
    assert all(each.err.startswith("Guests are switched off. Set GUESTS") for each in ran)


def test_without_an_identity_store_only_invitations_for_any_number_are_made(
    bare_cli: Cli, settings: dict[str, str]
) -> None:
    bare_cli.variables.update(settings)
    bare_cli.variables.pop("IDENTITY_SQLITE")

    for_one = bare_cli("invitation", "create", "--minutes", "60")
    shown = bare_cli("invitation", "show", UNKNOWN)
    for_any = bare_cli("invitation", "create", "--minutes", "60", "--guests", "any")

    assert (for_one.code, shown.code, for_any.code) == (3, 3, 0)
    assert for_one.err.startswith("No identity store")
    assert shown.err.startswith("No identity store")


def test_the_curl_commands_do_the_same(cli: Cli, service: str) -> None:
    variables = {"ACS_TOKENS_KEY": FUNCTION_KEY, "ACS_TOKENS_URL": service}

    def run(*command: str) -> Any:
        printed = cli("invitation", *command, "--curl", **variables).out
        assert FUNCTION_KEY not in printed
        return json.loads(run_shell(printed, **variables) or "{}")

    made = run("create", "--minutes", "60", "--guests", "any", "--label", "It's ours")
    run("withdraw", made["id"], "--remove-guests")

    shown = run("show", made["id"])
    assert (shown["label"], shown["withdrawn"]) == ("It's ours", True)
    assert "guests" not in shown


def test_the_link_of_the_meeting_is_shown(either: Cli) -> None:
    assert either("meeting", "show", "-o", "json").json == {"joinUrl": MEETING}


def test_without_a_setting_there_is_no_meeting(bare_cli: Cli, settings: dict[str, str]) -> None:
    bare_cli.variables.update(settings)
    bare_cli.variables.pop("TEAMS_MEETING_URL")

    ran = bare_cli("meeting", "show")

    assert ran.code == 3
    assert "TEAMS_MEETING_ORGANIZER" in ran.err


@pytest.mark.usefixtures("trust")
def test_a_meeting_is_made_in_process(
    bare_cli: Cli, settings: dict[str, str], emulator: Emulator
) -> None:
    bare_cli.variables.update(settings)
    bare_cli.variables.pop("TEAMS_MEETING_URL")
    graph = {
        "GRAPH_ENDPOINT": emulator.tls_url,
        "TEAMS_MEETING_ORGANIZER": USERS[0].object_id,
        "IDENTITY_ENDPOINT": f"{emulator.url}/msi/token",
        "IDENTITY_HEADER": IDENTITY_HEADER,
        "SSL_CERT_FILE": str(emulator.authority),
    }

    shown = [bare_cli("meeting", "show", "-o", "json", **graph).json for _ in range(2)]

    assert set(shown[0]) == {"joinUrl", "startsOn", "endsOn"}
    assert shown[0] == shown[1]


@pytest.mark.parametrize("source", ["environment", "stdin"])
def test_a_guest_handle_is_sent_for_the_meeting(cli: Cli, source: str) -> None:
    handle = f"handle-{uuid4()}"
    stdin = handle if source == "stdin" else ""
    options = ["--handle-file", "-"] if stdin else []
    variables = {} if stdin else {"GUEST_HANDLE": handle}

    async def respond(request: web.Request) -> web.Response:
        seen = {name: request.headers.get(name) for name in ("Accept", "X-Guest-Handle")}
        return web.json_response(seen)

    with responding(respond) as address:
        ran = cli(
            "meeting", "show", "--url", address, "-o", "json", *options, stdin=stdin, **variables
        )
        printed = cli("meeting", "show", "--url", address, "--curl", *options, **variables).out
        same = json.loads(run_shell(printed, GUEST_HANDLE=handle))

    assert ran.json == same == {"Accept": "application/json", "X-Guest-Handle": handle}
    assert handle not in printed


def test_one_stdin_holds_one_secret(cli: Cli) -> None:
    options = ("--handle-file", "-", "--key-file", "-")

    ran = cli("meeting", "show", "--url", "http://localhost:1/api", *options)

    assert ran.code == 2
    assert "Only one secret" in ran.err
