"""The page of Microsoft's tutorial, which this service serves when only its .env changes."""

import json
import re
from pathlib import Path

from tests.browser.chromium import PROGRAM, needs_browser
from tests.browser.conftest import write_app
from tests.e2e.conftest import App
from tests.e2e.test_moving import changed
from tests.javascript import needs_node, run_script
from tests.serving import READY, Emulator, running_program
from tests.trust.test_meeting import graph


@needs_node
@needs_browser
def test_the_tutorials_page_gets_its_token_and_its_meeting(
    pages: tuple[int, int], emulator: Emulator, tmp_path: Path
) -> None:
    page = f"http://localhost:{pages[0]}"
    write_app(tmp_path, emulator, page)
    variables = {
        "IDENTITY_SQLITE": str(tmp_path / "identities.db"),
        "SSL_CERT_FILE": str(emulator.authority),
        **graph(emulator),
    }
    arguments = ("--port", "0", "--no-emulator")
    with running_program("local_host", *arguments, variables=variables, cwd=tmp_path) as program:
        app = App(program.read_until(READY)[1], program)
        settings = changed(
            "tutorial.env", "The tutorial: join a Teams meeting from a React app", app
        )
        values = dict(re.findall("^(REACT_APP_[A-Z_]+)=(.*)$", settings, re.MULTILINE))

        seen = run_script("tutorial-page.mjs", str(PROGRAM), page, json.dumps(values))
        link = app.call("GET", "guest/meeting").content.decode()

    assert seen["userId"]["kind"] == "communicationUser"
    assert emulator.examine(seen["token"])["valid"]
    assert link.startswith("https://teams.microsoft.com/l/meetup-join/")
    assert seen["meetingLink"] == link
