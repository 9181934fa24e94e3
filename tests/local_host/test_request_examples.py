"""The request that the local page shows, as a developer would send it."""

import shlex

import pytest

from local_host.request_examples import NO_CLIENT, ExampleRequest

BASE = "http://localhost:7071/api"


def examples(
    path: str, headers: dict[str, str] | None = None, body: str | None = None
) -> dict[str, str]:
    return ExampleRequest("POST", f"{BASE}/{path}", headers or {}, body).examples()


def test_a_shell_reads_what_was_meant() -> None:
    hostile = '{"a":"it\'s $(date) `x` \\\\"}'

    words = shlex.split(
        examples("users/token", {"X-A": "b'c"}, hostile)["curl"].replace("\\\n", " ")
    )

    assert words == ["curl", "-X", "POST", f"{BASE}/users/token", "-H", "X-A: b'c", "-d", hostile]


def test_without_a_body_none_is_sent() -> None:
    shown = examples("users")

    assert shown["curl"] == f"curl -X POST '{BASE}/users'"
    assert shown["fetch"] == (
        f'const response = await fetch("{BASE}/users", {{\n  method: "POST",\n}});'
    )


def test_fetch_sends_headers_and_body() -> None:
    shown = examples("guest/token", {"A": "b"}, '{"scopes":["voip"]}')["fetch"]

    assert '  headers: {"A":"b"},\n  body: JSON.stringify({"scopes":["voip"]}),\n' in shown


@pytest.mark.parametrize(
    ("path", "last_line"),
    [
        ("guest/token", "const tokens = guestTokens({ api, scopes });"),
        (
            "me/token",
            "const tokens = signedInTokens({ api, scopes, account, accessToken, teams: false });",
        ),
        (
            "me/teams/token",
            "const tokens = signedInTokens({ api, scopes, account, accessToken, teams: true });",
        ),
        ("users/8:acs:x/token", NO_CLIENT),
    ],
)
def test_the_client_asks_for_the_same(path: str, last_line: str) -> None:
    shown = examples(path, {}, '{"scopes":["voip"]}')["client"]

    assert shown.splitlines()[-1] == last_line
    assert path.startswith("users") or f'const api = "{BASE}", scopes = ["voip"];' in shown


@pytest.mark.parametrize(
    ("body", "constants", "options"),
    [
        pytest.param('{"expiresInMinutes":60}', "", "api", id="the default scopes"),
        pytest.param(
            '{"scopes":["voip"],"invitation":"abc"}',
            ', scopes = ["voip"], invitation = "abc"',
            "api, scopes, invitation",
            id="an invitation",
        ),
        pytest.param(None, "", "api", id="no body"),
    ],
)
def test_the_client_has_the_options_of_the_body(
    body: str | None, constants: str, options: str
) -> None:
    shown = examples("guest/token", {}, body)["client"]

    assert shown.splitlines()[2:] == [
        f'const api = "{BASE}"{constants};',
        f"const tokens = guestTokens({{ {options} }});",
    ]
