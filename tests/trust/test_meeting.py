"""The meeting: who gets its link, and that it is made once."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from acs_emulator.defaults import IDENTITY_HEADER
from acs_emulator.entra.users import USERS
from acs_emulator.graph.routes import MAX_A_MINUTE
from tests.e2e.conftest import App, is_problem
from tests.emulator.graph.test_online_meetings import app_token
from tests.emulator.graph.test_online_meetings import ask as ask_graph
from tests.entra_stand_in import Entra
from tests.raw_http import Reply
from tests.serving import Emulator, running_app
from tests.trust.conftest import running_trusted_app, settings
from tests.trust.test_invitations import come, invite
from tests.trust.test_race import place  # noqa: F401 a fixture

ALICE, CAROL = USERS[0], USERS[3]
LINK = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0"
CROWD = 16


def graph(emulator: Emulator, organizer: str = ALICE.object_id) -> dict[str, str]:
    """Settings for meetings that the emulator's Graph makes."""
    return {
        "GRAPH_ENDPOINT": emulator.tls_url,
        "TEAMS_MEETING_ORGANIZER": organizer,
        "IDENTITY_ENDPOINT": f"{emulator.url}/msi/token",
        "IDENTITY_HEADER": IDENTITY_HEADER,
    }


@contextlib.contextmanager
def running(emulator: Emulator, entra: Entra, folder: Path, **changed: str) -> Iterator[App]:
    with running_trusted_app(emulator, entra, folder / "identities.db", **changed) as app:
        yield app


def test_a_fixed_link_is_text_and_json_for_who_asks_for_that(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    with running(emulator, entra, tmp_path, TEAMS_MEETING_URL=LINK) as app:
        text = app.call("GET", "guest/meeting")
        json = app.call("GET", "guest/meeting", accept="application/json")
        query = app.call("GET", f"guest/meeting?userId={ALICE.object_id}")

    assert (text.status, text.content.decode()) == (200, LINK)
    assert text.headers["Content-Type"].partition(";")[0] == "text/plain"
    assert text.headers["Cache-Control"] == "no-store"
    assert json.json == {"joinUrl": LINK}
    assert is_problem(query, 400, "invalid-request")


def test_without_a_setting_there_is_no_meeting(app: App) -> None:
    assert is_problem(app.call("GET", "guest/meeting"), 403, "meeting-off")


def test_where_guests_are_invited_the_link_is_for_guests_alone(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    changed = {"GUESTS": "invited", "TEAMS_MEETING_URL": LINK}
    with running(emulator, entra, tmp_path, **changed) as app:
        invitation = invite(app)
        guest = come(app, invitation).json
        handle = {"x_guest_handle": guest["guestHandle"]}

        assert is_problem(app.call("GET", "guest/meeting"), 401, "unauthorized")
        wrong = app.call("GET", "guest/meeting", x_guest_handle=guest["token"])
        assert is_problem(wrong, 401, "unauthorized")
        assert app.call("GET", "guest/meeting", **handle).content.decode() == LINK
        app.call("POST", f"users/{guest['userId']}/ban")
        assert is_problem(app.call("GET", "guest/meeting", **handle), 409, "banned")


def test_asking_is_limited_as_coming_in_is(
    emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    changed = {"TEAMS_MEETING_URL": LINK, "LIMIT_NEW_GUESTS": "1"}
    with running(emulator, entra, tmp_path, **changed) as app:
        replies = [app.call("GET", "guest/meeting") for _ in range(3)]

    assert [reply.status for reply in replies] == [200] * 2 + [429]
    assert is_problem(replies[-1], 429, "too-many-requests")


def test_all_who_ask_share_one_meeting_of_two_processes(
    emulator: Emulator,
    entra: Entra,
    place: dict[str, str],  # noqa: F811 the fixture
) -> None:
    variables = settings(emulator, entra, **place, **graph(emulator), DEADLINE_SECONDS="45")
    with running_app(**variables) as one, running_app(**variables) as other:
        apps = (App(*one), App(*other))

        def ask(number: int) -> Reply:
            return apps[number % 2].call("GET", "guest/meeting", accept="application/json")

        with ThreadPoolExecutor(CROWD) as pool:
            replies = [*pool.map(ask, range(CROWD))]
        again = ask(0)

    assert {reply.status for reply in replies} == {200}
    (meeting,) = {reply.content for reply in [*replies, again]}
    assert set(again.json) == {"joinUrl", "startsOn", "endsOn"}
    assert again.json["joinUrl"].startswith("https://teams.microsoft.com/l/meetup-join/")
    assert meeting


@pytest.mark.parametrize(
    ("organizer", "cause"),
    [
        (CAROL.object_id, "application access policy"),
        ("00000000-0000-4000-8000-00000000dead", "does not know TEAMS_MEETING_ORGANIZER"),
    ],
)
def test_what_graph_refuses_is_said_in_the_log_and_tried_again_at_once(
    emulator: Emulator, entra: Entra, tmp_path: Path, organizer: str, cause: str
) -> None:
    with running(emulator, entra, tmp_path, **graph(emulator, organizer)) as app:
        for _ in range(2):
            reply = app.call("GET", "guest/meeting")
            assert is_problem(reply, 503, "meeting-unavailable")
            assert "detail" not in reply.json
        app.program.read_until(cause)


def test_graphs_retry_after_is_passed_on(
    own_emulator: Emulator, entra: Entra, tmp_path: Path
) -> None:
    token = app_token(own_emulator)
    for _ in range(MAX_A_MINUTE):
        ask_graph(own_emulator, ALICE.object_id, token=token)
    with running(own_emulator, entra, tmp_path, **graph(own_emulator)) as app:
        reply = app.call("GET", "guest/meeting")

    assert is_problem(reply, 503, "meeting-unavailable")
    assert 1 <= reply.json["retryAfter"] <= 60
