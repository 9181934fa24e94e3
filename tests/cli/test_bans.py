"""The commands for bans and people, in process and at a service."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from acs_tokens.identities.sqlite.store import SqliteStore
from acs_tokens.oidc.person import EntraUser, OidcUser, Person
from tests.cli.conftest import FUNCTION_KEY, Cli, run_shell
from tests.serving import Emulator

NOBODY = f"8:acs:{uuid4()}_{uuid4()}"


def new_user(cli: Cli) -> str:
    user: str = cli("user", "create", "-o", "json").json["userId"]
    return user


def new_person() -> EntraUser:
    return EntraUser(str(uuid4()), str(uuid4()))


def signed_in(cli: Cli, store: SqliteStore, person: Person) -> str:
    """Give a person an identity, as a sign-in does; return its user id."""
    user = new_user(cli)

    async def insert() -> bool:
        try:
            return await store.insert(person, user)
        finally:
            await store.aclose()

    assert asyncio.run(insert())
    return user


def test_a_banned_identity_gets_no_token_until_the_ban_is_lifted(
    either: Cli, emulator: Emulator
) -> None:
    user = new_user(either)
    token = either("token", "issue", user, "--token-only").out.strip()

    added = either("ban", "add", user, "--minutes", "60", "--reason", "Shouted at everybody")

    assert (added.code, added.out) == (0, "")
    assert not emulator.examine(token)["valid"]
    shown = either("ban", "show", user, "-o", "json").json
    assert shown["reason"] == "Shouted at everybody"
    ends = datetime.fromisoformat(shown["until"])
    assert ends - datetime.fromisoformat(shown["bannedOn"]) == timedelta(minutes=60)
    assert ends > datetime.now(UTC)
    for command in ("issue", "refresh"):
        refused = either("token", command, user)
        assert (refused.code, refused.out) == (4, "")
        assert refused.err.startswith("Banned")

    assert either("ban", "lift", user).code == 0
    assert either("token", "issue", user).code == 0
    none = either("ban", "show", user)
    assert none.code == 4
    assert none.err.startswith("Not banned")


def test_a_ban_without_an_end_shows_none(either: Cli) -> None:
    user = new_user(either)
    either("ban", "add", user)

    table = either("ban", "show", user).out.splitlines()

    assert [line.split()[0] for line in table] == ["bannedOn"]


def test_a_person_can_be_banned_before_the_first_sign_in(either: Cli, store: SqliteStore) -> None:
    person = new_person()
    assert either("ban", "add", person.key.upper(), "--reason", "").code == 0

    user = signed_in(either, store, person)

    assert set(either("ban", "show", user, "-o", "json").json) == {"bannedOn", "reason"}
    assert either("ban", "lift", person.key).code == 0
    assert either("ban", "show", user).code == 4


def test_people_and_identities_are_found_by_each_other(
    either: Cli, store: SqliteStore, emulator: Emulator
) -> None:
    person = new_person()
    user = signed_in(either, store, person)
    token = either("token", "issue", user, "--token-only").out.strip()

    assert either("user", "find", person.key, "-o", "json").json == {"userId": user}
    assert either("person", "find", user, "-o", "json").json == {
        "tenantId": person.tenant_id,
        "objectId": person.object_id,
    }
    assert either("token", "revoke", person.key).code == 0
    assert not emulator.examine(token)["valid"]


def test_who_is_not_known_is_4(either: Cli) -> None:
    ran = [
        either("user", "find", new_person().key),
        either("token", "revoke", new_person().key),
        either("person", "find", NOBODY),
    ]

    assert [(each.code, each.err.partition(".")[0]) for each in ran] == [
        (4, "Person not found")
    ] * 3


def test_a_mistyped_user_id_is_4(either: Cli) -> None:
    ran = either("ban", "add", NOBODY)

    assert ran.code == 4
    assert ran.err.startswith("Identity not found")


def test_a_user_of_another_provider_is_banned_by_user_id(either: Cli, store: SqliteStore) -> None:
    person = OidcUser("https://provider.example", f"subject {uuid4()}")
    user = signed_in(either, store, person)

    assert either("person", "find", user, "-o", "json").json == {
        "issuer": person.issuer,
        "subject": person.subject,
    }
    refused = either("ban", "add", person.key)
    assert refused.code == 2
    assert "user id" in refused.err
    assert either("ban", "add", user).code == 0
    assert either("ban", "show", user).code == 0


@pytest.mark.parametrize(
    "command",
    [
        ["ban", "add", NOBODY],
        ["ban", "show", NOBODY],
        ["ban", "lift", new_person().key],
        ["user", "find", new_person().key],
        ["person", "find", NOBODY],
        ["token", "revoke", new_person().key],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_without_an_identity_store_it_is_3(cli: Cli, command: list[str]) -> None:
    ran = cli(*command)

    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("No identity store. Set IDENTITY_TABLE_ENDPOINT")
    assert "--url" in ran.err


def test_a_store_that_cannot_be_read_is_5_and_no_token_is_issued(
    cli: Cli, settings: dict[str, str]
) -> None:
    folder = settings["IDENTITY_SQLITE"].rpartition("/")[0]  # a file is needed

    ran = [
        cli(*command, NOBODY, IDENTITY_SQLITE=folder)
        for command in (("ban", "show"), ("token", "issue"))
    ]

    assert [each.code for each in ran] == [5, 5]
    assert all(each.err.startswith("The identity store is unavailable") for each in ran)


def test_the_curl_commands_do_the_same(cli: Cli, service: str) -> None:
    secrets = {"ACS_TOKENS_KEY": FUNCTION_KEY}
    at_service = ("--url", service)
    user = cli("user", "create", "-o", "json", *at_service, **secrets).json["userId"]
    reason = 'It\'s "loud": $HOME `x` 100% Größe'

    added = cli("ban", "add", user, "--reason", reason, "--curl", *at_service, **secrets)
    shown = cli("ban", "show", user, "--curl", *at_service, **secrets)

    assert FUNCTION_KEY not in added.out + shown.out
    assert run_shell(added.out, **secrets) == ""
    assert json.loads(run_shell(shown.out, **secrets))["reason"] == reason


def test_a_person_is_part_of_the_path(cli: Cli) -> None:
    person = new_person()

    ran = cli("ban", "lift", person.key, "--curl")

    route = f"people/{person.tenant_id}/{person.object_id}/ban"
    assert ran.out == f"curl -X DELETE http://localhost:7071/api/{route}\n"


def test_a_reason_cannot_steer_the_terminal(either: Cli) -> None:
    user = new_user(either)
    reason = "\x1b]52;c;eA==\x07\x1b[1A\nuntil  2020-01-01 Größe"

    assert either("ban", "add", user, "--reason", reason).code == 0

    assert either("ban", "show", user, "-o", "json").json["reason"] == reason
    lines = either("ban", "show", user).out.splitlines()
    assert [line.split()[0] for line in lines] == ["bannedOn", "reason"]
    assert lines[1].endswith(r"\x1b]52;c;eA==\x07\x1b[1A\nuntil  2020-01-01 Größe")


def test_a_reason_that_is_no_text_is_wrong_usage(either: Cli) -> None:
    ran = either(
        "ban", "add", NOBODY, "--reason", "\udcff"
    )  # as Python reads a byte that is no UTF-8

    assert (ran.code, ran.out) == (2, "")
    assert "reason" in ran.err
