"""What a developer can do on the local page, in a real browser, 320 pixels wide."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from acs_emulator.ports import listen, port_of
from tests.browser.chromium import PROGRAM, needs_browser
from tests.emulator.entra.client import ALICE
from tests.javascript import needs_node, run_script
from tests.serving import Emulator, in_thread, running_emulator, running_program

pytestmark = [needs_node, needs_browser]

KEY = "sesame"
FAILED = "error Failed to load resource: the server responded with a status of"


@pytest.fixture(scope="module")
def seen(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the page showed while a developer used all of it, with one app and one browser."""
    with running_emulator(emulator.authority.parent) as own:

        async def move_clock(request: web.Request) -> web.Response:
            own.clock.ahead = float(request.query["ahead"])
            return web.Response()

        clock, app = listen(0), web.Application()
        app.router.add_get("/", move_clock)
        arguments = ("--port", "0", "--function-key", KEY)
        variables = {
            "ACS_CONNECTION_STRING": own.connection_string,
            "ENTRA_AUTHORITY": own.tls_url,
            "SSL_CERT_FILE": str(own.authority),
            "IDENTITY_SQLITE": str(tmp_path_factory.mktemp("identities") / "identities.db"),
        }
        with (
            in_thread(app, (clock, None)),
            running_program("local_host", *arguments, variables=variables) as program,
        ):
            address = program.read_until(r"\t(http://localhost:\d+)/\n")[1]
            program.read_until(r"Ctrl-C stops it\.")
            control = f"http://localhost:{port_of(clock)}"
            yield run_script("local-page.mjs", str(PROGRAM), address, KEY, control)


def test_the_page_asks_for_the_function_key_and_keeps_it_in_memory(seen: dict[str, Any]) -> None:
    entries, session, cookie, address = seen["kept"]

    assert seen["needsKey"] == "Needs the function key"
    assert seen["errors"]["key"] == ["Status 401: is the function key right?"]
    assert (entries, session, cookie) == (0, 0, "")
    assert KEY not in address
    assert KEY not in str(seen["examples"])


def test_a_token_is_shown_with_the_meaning_of_each_claim(seen: dict[str, Any]) -> None:
    claims = seen["claims"]

    assert claims["acsScope"] == ["chat,voip", "what it allows"]
    assert claims["skypeid"][0] == seen["userId"].removeprefix("8:")
    assert [name for name, (_, meaning) in claims.items() if not meaning] == []
    assert len(claims) > 10


def test_the_countdown_ticks_from_the_lifetime(seen: dict[str, Any]) -> None:
    assert re.fullmatch(r"00:\d\d:\d\d", seen["left"])
    assert re.fullmatch(r"2[0-3]:\d\d:\d\d", seen["day"])


def test_the_verdict_follows_what_is_done_with_a_token(seen: dict[str, Any]) -> None:
    assert seen["bare"] == "an identity without a token"
    assert (seen["issued"], seen["revoked"]) == ("genuine, valid", "genuine, revoked")
    assert (seen["renewed"], seen["again"]) == ("genuine, valid", "genuine, valid")
    assert seen["deleted"] == "genuine, revoked"
    assert seen["sameId"]


def test_the_last_requests_are_shown(seen: dict[str, Any]) -> None:
    assert seen["log"] == f"200POST/identities/{seen['userId']}/:issueAccessToken"


def test_a_guest_stays_the_same_until_it_is_deleted(seen: dict[str, Any]) -> None:
    guest = seen["guest"]

    assert seen["empty"]
    assert (guest["same"], guest["handle"]) == (True, 3)
    assert (guest["revoked"], guest["renewed"]) == ("genuine, revoked", "genuine, valid")
    assert guest["deleted"] == "genuine, revoked"
    assert guest["left"] == ["New guest"]
    assert seen["errors"]["guest"][0] == "Unauthorized"


def test_every_made_up_user_has_an_identity_of_their_own(seen: dict[str, Any]) -> None:
    users = seen["users"]

    assert [name.partition("@")[0] for name in users] == ["alice", "bob", "mia", "carol"]
    assert len({ids[0] for ids in users.values()}) == 4
    assert users["alice@contoso.example"][1] == f"8:orgid:{ALICE}"
    assert len(users["mia@contoso.example"]) == 1


def test_mias_refusal_is_shown_with_its_claims(seen: dict[str, Any]) -> None:
    title, _, claims, problem, _ = seen["errors"]["mia"]

    assert title == "Interaction required"
    assert claims.startswith('claims: {"access_token":{"capolids"')
    assert problem == "urn:problem-type:acs-tokens:interaction-required"


def test_what_a_person_types_stays_text(seen: dict[str, Any]) -> None:
    code, images = seen["hostile"]

    assert images == 0
    assert "/users/8:acs:%27%3Cimg%20src%3Dx%20onerror%3D%22alert(1)%22%3E/token'" in code
    assert seen["errors"]["id"][0] == "Invalid user id"


def test_the_same_request_is_shown_in_three_ways(seen: dict[str, Any]) -> None:
    curl, fetch, client = seen["examples"]["Guest"]
    backend_client = seen["examples"]["Backend"][2]
    signed_in = seen["examples"]["Signed in"][2]

    assert re.match(r"curl -X POST 'http://localhost:\d+/api/guest/token' \\\n", curl)
    assert """-d '{"scopes":["chat","voip"],"expiresInMinutes":60}'""" in curl
    assert re.match(r'const response = await fetch\("http://localhost:\d+/api/guest/token"', fetch)
    assert 'import { guestTokens } from "@acs-tokens/client";' in client
    assert "const tokens = guestTokens({ api, scopes });" in client
    assert "signedInTokens({ api, scopes, account, accessToken, teams: false })" in signed_in
    assert "must have no function key" in backend_client


def test_a_guest_gets_in_with_a_link_until_the_invitation_is_withdrawn(
    seen: dict[str, Any],
) -> None:
    invited = seen["invited"]

    assert seen["link"] == f"{invited['address']}#invitation={invited['invitation']}"
    assert invited["first"] == "genuine, valid"
    assert seen["errors"]["withdrawn"][0] == "You need a valid invitation"
    assert seen["withdrawals"] == ["", "?guests=remove"]


def test_a_banned_guest_is_refused_until_the_ban_is_lifted(seen: dict[str, Any]) -> None:
    assert seen["errors"]["banned"][0] == "Banned"
    assert seen["lifted"] == "genuine, valid"
    assert seen["errors"]["nobody"][0] == "Invalid user id"


def test_everything_can_be_reached_with_the_keyboard_in_order(seen: dict[str, Any]) -> None:
    assert seen["unnamed"] == []
    assert seen["selected"] == "backend"
    assert [name for name, _ in seen["focus"]] == [
        "backend", "key", "id", "chat", "chat.join", "chat.join.limited", "voip", "voip.join", "minutes",
        "issue", "ban", "unban", "Copy", "Copy", "renew", "revoke", "delete", "client", "Copy", "code",
    ]  # fmt: skip
    assert {ring for _, ring in seen["focus"]} == {"solid"}


def test_it_fits_a_narrow_screen_in_light_and_dark(seen: dict[str, Any]) -> None:
    assert len(seen["widths"]) > 10
    assert set(seen["widths"]) == {0}
    assert seen["light"] != seen["dark"]


def test_it_reaches_localhost_alone_and_breaks_no_policy(seen: dict[str, Any]) -> None:
    (origin,) = seen["origins"]

    assert origin.startswith("http://localhost:")
    assert seen["violations"] == []


def test_the_console_has_the_expected_refusals_and_nothing_else(seen: dict[str, Any]) -> None:
    refusals = [line for line in seen["console"] if line.startswith(FAILED)]

    assert seen["console"] == refusals
    assert sorted(re.findall(r"status of (\d+)", " ".join(refusals))) == [
        "400",
        "400",
        "401",
        "401",
        "401",
        "403",
        "409",
    ]
