"""The pages of Microsoft's samples work with this service after the changes of docs/moving.md."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import App
from tests.e2e.test_readme import STORAGE
from tests.javascript import FOLDER, needs_node, run_source
from tests.serving import ROOT, Emulator, running_app
from tests.tokens import claims_of
from tests.trust.test_teams import TEAMS, bearer, sign_in, variables

pytestmark = needs_node

DOCUMENT = (ROOT / "docs" / "moving.md").read_text()
LOCAL = "http://localhost:7071"


@pytest.fixture(scope="module")
def app(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with guests and sign-in."""
    folder = tmp_path_factory.mktemp("moving")
    with running_app(**variables(emulator, folder, GUESTS="on", GUEST_SCOPES="voip,chat")) as app:
        yield App(*app)


def changed(sample: str, heading: str, app: App) -> str:
    """A sample's code after the changes that a section of the document asks for."""
    (section,) = re.findall(rf"^## {heading}$(.*?)(?=^## |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    lines = (FOLDER / "samples" / sample).read_text().splitlines()
    hunks = re.findall(r"```diff\n(.*?)```", section, re.DOTALL)
    assert hunks
    for hunk in hunks:
        lines = with_hunk(lines, hunk.splitlines())
    return "\n".join(lines).replace(LOCAL, app.address)


def with_hunk(lines: list[str], hunk: list[str]) -> list[str]:
    """The lines after one change, whose old lines must be there once; indentation does not count."""
    old = [line[1:].strip() for line in hunk if line[:1] != "+"]
    new = [line[1:] for line in hunk if line[:1] != "-"]
    stripped = [line.strip() for line in lines]
    places = [at for at in range(len(lines)) if stripped[at : at + len(old)] == old]
    assert len(places) == 1, f"{len(places)} times: {old}"
    return [*lines[: places[0]], *new, *lines[places[0] + len(old) :]]


def owner(token: str) -> str:
    """The user id that a token of the emulator is for."""
    return f"8:{claims_of(token)['skypeid']}"


def test_the_calling_hero_gets_tokens_and_the_next_ones(app: App, emulator: Emulator) -> None:
    seen = run_source(f"""
        {STORAGE}
        {changed("calling-hero.mjs", "The calling hero", app)}
        const {{ user, token }} = await fetchTokenResponse();
        const credential = createAutoRefreshingCredential(user.communicationUserId, token);
        const got = await credential.getToken();
        const next = await refreshTokenAsync(user.communicationUserId)();
        console.log(JSON.stringify({{ user, token, got, next }}));
        credential.dispose();
    """)

    assert seen["got"]["token"] == seen["token"]
    for token in (seen["token"], seen["next"]):
        assert emulator.examine(token)["valid"]
        assert owner(token) == seen["user"]["communicationUserId"]


def test_the_chat_hero_gets_tokens_and_the_next_ones(app: App, emulator: Emulator) -> None:
    seen = run_source(f"""
        {STORAGE}
        {changed("chat-hero.mjs", "The chat hero", app)}
        const first = await getToken();
        const next = await refreshTokenAsync(first.identity)();
        console.log(JSON.stringify({{ first, next }}));
    """)

    for token in (seen["first"]["token"], seen["next"]):
        assert emulator.examine(token)["valid"]
        assert owner(token) == seen["first"]["identity"]
    assert seen["first"]["expiresOn"]


def test_the_authentication_hero_gets_both_kinds_of_tokens(app: App, emulator: Emulator) -> None:
    access_token = bearer(emulator, "alice").removeprefix("Bearer ")
    teams_token = sign_in(emulator, "alice", f"{TEAMS}/Teams.ManageCalls")

    seen = run_source(f"""
        {changed("authentication-hero.mjs", "The authentication hero", app)}
        await RequestCallData({json.dumps(access_token)});
        const teams = await GetAcsTokenForTeamsUser(
          {json.dumps(access_token)}, {json.dumps(teams_token)},
        );
        console.log(JSON.stringify({{ acsToken, acsID, teams }}));
    """)

    assert owner(seen["acsToken"]) == seen["acsID"]
    assert emulator.examine(seen["teams"]["token"])["valid"]
    assert seen["teams"]["userId"].startswith("8:orgid:")
