"""The app with an emulator of its own, and a place for pages that may use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web

from acs_emulator.ports import listen, port_of
from tests.browser.chromium import PROGRAM
from tests.browser.conftest import write_app
from tests.serving import (
    READY,
    Emulator,
    in_thread,
    running_emulator,
    running_program,
)
from tests.trust.test_teams import sign_in

SCOPE = "api://acc50000-0000-4000-8000-000000000005/Acs.Token"


@pytest.fixture(scope="module")
def stage(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where everything is: what the tests in Chromium read from their environment."""
    folder, pages = tmp_path_factory.mktemp("app"), tmp_path_factory.mktemp("pages")
    place = web.Application()
    place.router.add_static("/", pages)
    listener = listen(0)
    url = f"http://localhost:{port_of(listener)}"
    with (
        in_thread(place, (listener, None)),
        running_emulator(emulator.authority.parent) as own,
    ):
        write_app(folder, own, url)
        invited = {"GUESTS": "invited", "INVITATION_PAGE": f"{url}/client.html"}
        with (
            running_api(folder, settings(own, folder)) as api_url,
            running_api(folder, settings(own, folder) | invited) as invited_url,
        ):
            yield {
                "PAGES_FOLDER": str(pages),
                "PAGES_URL": url,
                "API_URL": api_url,
                "INVITED_URL": invited_url,
                "EMULATOR_URL": own.url,
                "ALICE": sign_in(own, "alice", SCOPE),
                "BOB": sign_in(own, "bob", SCOPE),
                "CHROMIUM": str(PROGRAM),
            }


@contextmanager
def running_api(folder: Path, variables: dict[str, str]) -> Iterator[str]:
    """Run the app of a folder with settings of its own; yield its address."""
    command = ("local_host", "--port", "0")
    with running_program(*command, cwd=folder, variables=variables) as program:
        yield f"{program.read_until(READY)[1]}/api"


def settings(emulator: Emulator, folder: Path) -> dict[str, str]:
    """The settings that differ from the example's."""
    return {
        "ENTRA_AUTHORITY": emulator.tls_url,
        "SSL_CERT_FILE": str(emulator.authority),
        "IDENTITY_SQLITE": str(folder / "identities.db"),
        "LIMIT_ALL_NEW_GUESTS": "100000",
        "LIMIT_GUEST_REQUESTS": "100000",
        "LIMIT_ALL_GUEST_REQUESTS": "100000",
    }
