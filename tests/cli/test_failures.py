"""The exit codes, and what is said on stderr."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import web

from acs_tokens_cli.__main__ import main
from tests.cli.conftest import FUNCTION_KEY, Cli, responding
from tests.e2e import upstream
from tests.keys import random_key
from tests.serving import Emulator, closed_port

USER = "8:acs:226a54f1-0000-4000-8000-000000000001_00000001-0000-4000-8000-00000000c11f"
SECRET = "eyJhbGciOi.secret.secret"


@pytest.mark.parametrize(
    "arguments",
    [
        ["token", "issue", "somebody"],
        ["token", "issue", "--minutes", "59"],
        ["token", "issue", "--minutes", "1441"],
        ["token", "issue", "--scope", "everything"],
        ["user", "create", "--url", "http://my-tokens.example/api"],
        ["user", "create", "--url", "https://name@my-tokens.example/api"],
        ["user", "create", "--url", "https://my-tokens.example/api?code=x"],
        ["user", "create", "--url", "https://my-tokens.example:port/api"],
        ["keys", "new", "--id", "two words"],
        ["doctor", "--origin", "https://page.example"],
        ["doctor", "--as-azure", "--url", "https://my-tokens.example/api"],
        ["ban", "add", "somebody"],
        ["ban", "add", "8:orgid:somebody"],
        ["ban", "add", USER, "--minutes", "0"],
        ["ban", "add", USER, "--reason", "x" * 501],
        ["ban", "show", "11111111-1111-1111-1111-111111111111:somebody"],
        ["user", "find", USER],
        ["person", "find", "somebody"],
        ["invitation", "create"],
        ["invitation", "create", "--minutes", "527041"],
        ["invitation", "create", "--minutes", "1", "--guests", "0"],
        ["invitation", "create", "--minutes", "1", "--guests", "10001"],
        ["invitation", "create", "--minutes", "1", "--guests", "all"],
        ["invitation", "create", "--minutes", "1", "--token-minutes", "59"],
        ["invitation", "create", "--minutes", "1", "--label", "x" * 201],
        ["invitation", "create", "--minutes", "1", "--scope", "everything"],
        ["invitation", "show", "../users"],
        ["no-such-command"],
    ],
    ids=lambda arguments: " ".join(arguments).replace(USER, "USER")[:60],
)
def test_wrong_usage_is_2(cli: Cli, arguments: list[str]) -> None:
    ran = cli(*arguments)

    assert ran.code == 2
    assert ran.out == ""
    assert ran.err


def test_as_azure_names_the_variable_that_says_which_service(cli: Cli) -> None:
    ran = cli("doctor", "--as-azure", ACS_TOKENS_URL="https://my-tokens.example/api")

    assert ran.code == 2
    assert "unset ACS_TOKENS_URL" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["token", "inspect", SECRET],
        ["user", "create", "--url", "https://my-tokens.example/api", "--key-file", SECRET],
        ["teams", "exchange", "--client-id", "x", "--user-object-id", "x", "--token-file", SECRET],
    ],
    ids=["token", "key", "teams token"],
)
def test_a_secret_among_the_arguments_is_not_repeated(cli: Cli, arguments: list[str]) -> None:
    ran = cli(*arguments)

    assert ran.code == 2
    assert "never the secret itself" in ran.err
    assert SECRET not in ran.err + ran.out


def test_a_key_that_breaks_a_header_is_wrong_usage(cli: Cli) -> None:
    ran = cli("user", "create", "--url", "http://localhost:1/api", ACS_TOKENS_KEY="a\nb")

    assert ran.code == 2
    assert "printable ASCII" in ran.err


@pytest.mark.parametrize("token", [[], ["--token-file", "-"]], ids=["unnamed", "named"])
def test_one_stdin_holds_one_secret(cli: Cli, token: list[str]) -> None:
    names = ["--client-id", str(uuid4()), "--user-object-id", str(uuid4()), *token]

    ran = cli("teams", "exchange", *names, "--url", "http://localhost:1/api", "--key-file", "-")

    assert ran.code == 2
    assert "Only one secret" in ran.err


def test_what_is_no_token_cannot_be_inspected(cli: Cli) -> None:
    assert [cli("token", "inspect", stdin=text).code for text in ("a.b", "a.b.c", "e30.W10.x")] == [
        2, 2, 2,
    ]  # fmt: skip


def test_missing_settings_are_3(bare_cli: Cli) -> None:
    ran = bare_cli("user", "create")

    assert ran.code == 3
    assert "ACS_CONNECTION_STRING is not set" in ran.err


def test_a_broken_settings_file_is_3(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "local.settings.json").write_text("{")

    ran = cli("user", "create")

    assert ran.code == 3
    assert "local.settings.json is not valid JSON" in ran.err


def test_a_refused_access_key_is_3(cli: Cli, emulator: Emulator) -> None:
    wrong = f"endpoint={emulator.url};accesskey={random_key('wrong')}"

    ran = cli("user", "create", ACS_CONNECTION_STRING=wrong)

    assert ran.code == 3
    assert "Check the access key" in ran.err
    assert random_key("wrong") not in ran.err


@pytest.mark.parametrize("key", ["", "wrong"])
def test_a_refused_function_key_is_4(cli: Cli, service: str, key: str) -> None:
    ran = cli("user", "create", "--url", service, ACS_TOKENS_KEY=key)

    assert ran.code == 4
    assert "ACS_TOKENS_KEY" in ran.err


def test_an_unknown_identity_is_4(cli: Cli, service: str) -> None:
    here = cli("token", "issue", USER)
    there = cli("token", "issue", USER, "--url", service, ACS_TOKENS_KEY=FUNCTION_KEY)

    assert (here.code, there.code) == (4, 4)
    assert "Identity not found" in here.err
    assert "Identity not found" in there.err


def test_an_unknown_route_is_4(cli: Cli, service: str) -> None:
    ran = cli("user", "create", "--url", service.removesuffix("/api"))

    assert ran.code == 4
    assert "/api" in ran.err


@pytest.mark.parametrize(
    ("status", "code"), [(409, 4), (429, 5), (503, 5), (504, 5), (500, 1), (418, 1)]
)
def test_a_problem_of_the_service_has_its_code(cli: Cli, status: int, code: int) -> None:
    problem = {
        "type": "urn:problem-type:acs-tokens:some-problem",
        "title": "Some problem",
        "detail": "What to do",
        "requestId": "1234",
        "retryAfter": 7,
    }

    async def fail(request: web.Request) -> web.Response:
        return web.Response(
            text=json.dumps(problem), status=status, content_type="application/problem+json"
        )

    with responding(fail) as address:
        ran = cli("user", "create", "--url", address)

    assert ran.code == code
    assert ran.err == "Some problem. What to do (request 1234)\nRetry-After: 7\n"
    assert ran.out == ""


@pytest.mark.parametrize(
    ("status", "slug"),
    [
        (503, "misconfigured"),
        (403, "identity-store-off"),
        (403, "guests-off"),
        (403, "meeting-off"),
    ],
)
def test_a_service_that_lacks_a_setting_is_3(cli: Cli, status: int, slug: str) -> None:
    async def fail(request: web.Request) -> web.Response:
        fields = {"type": f"urn:problem-type:acs-tokens:{slug}", "title": "Some problem"}
        return web.json_response(fields, status=status)

    with responding(fail) as address:
        assert cli("user", "create", "--url", address).code == 3


def test_throttling_by_acs_is_5_and_says_how_long(bare_cli: Cli) -> None:
    with upstream.running_upstream() as acs:
        acs.responder = upstream.responding(429, Retry_After="30")
        ran = bare_cli("user", "create", ACS_CONNECTION_STRING=acs.connection_string)

    assert ran.code == 5
    assert "Retry-After: 30" in ran.err


def test_a_service_that_cannot_be_reached_is_5(cli: Cli) -> None:
    with closed_port() as port:
        ran = cli("user", "create", "--url", f"http://127.0.0.1:{port}/api")

    assert ran.code == 5
    assert "acs-tokens doctor" in ran.err


def test_something_unexpected_is_1_and_shows_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()  # so that there is no current folder
    monkeypatch.setattr("sys.argv", ["acs-tokens", "user", "create"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("Unexpected FileNotFoundError at ")
