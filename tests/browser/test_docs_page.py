"""The page /docs of the local host, in a browser."""

import os
from collections.abc import Iterator

import pytest

from local_host.docs_page import FILES
from tests.browser.chromium import PROGRAM, needs_browser
from tests.javascript import needs_node, run_script
from tests.raw_http import call
from tests.serving import ROOT, Emulator, running_app
from tests.trust.test_teams import bearer, variables


@pytest.fixture(scope="module")
def address(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The local host, with everything switched on."""
    folder = tmp_path_factory.mktemp("docs")
    with running_app(**variables(emulator, folder, GUESTS="on", GUEST_SCOPES="voip,chat")) as app:
        yield app[0]


@needs_node
@needs_browser
def test_a_request_of_each_family_succeeds_and_nothing_comes_from_elsewhere(
    address: str, emulator: Emulator
) -> None:
    token = bearer(emulator, "alice").removeprefix("Bearer ")
    screenshot = os.environ.get("DOCS_SCREENSHOT", "")

    seen = run_script("docs-page.mjs", str(PROGRAM), f"{address}/docs", token, screenshot)

    assert seen == {
        "statuses": {
            "users-create_user_and_token": 201,
            "guest-guest_token": 200,
            "me-me_token": 200,
        },
        "violations": [],
        "foreign": [],
        "errors": [],
    }


def test_the_document_is_served_as_it_is(address: str) -> None:
    reply = call(address, "GET", "/openapi.json")

    assert reply.content == (ROOT / "openapi.json").read_bytes()
    assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", list(FILES))
def test_no_page_of_another_origin_may_use_it(address: str, path: str) -> None:
    own = call(address, "GET", path)
    foreign = call(address, "GET", path, headers={"Origin": "http://localhost:3000"})

    assert own.status == 200
    assert "default-src 'none'" in own.headers["Content-Security-Policy"]
    assert "unsafe" not in own.headers["Content-Security-Policy"]
    assert foreign.status == 403


def test_all_that_is_vendored_is_needed() -> None:
    folder = ROOT / "local_host" / "docs_files" / "swagger-ui"
    served = {file.name for file, _ in FILES.values()}

    assert {path.name for path in folder.iterdir()} - served == {
        "LICENSE",
        "NOTICE",
        "README.md",
        "swagger-ui-bundle.js.LICENSE.txt",
    }
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2_000_000
