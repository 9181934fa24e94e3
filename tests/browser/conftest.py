"""The app under the local host with an emulator of its own, and pages of several origins."""

import json
import secrets
import shutil
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from acs_emulator.ports import listen, port_of
from tests.browser.chromium import Browser, running_browser
from tests.serving import (
    READY,
    ROOT,
    Emulator,
    in_thread,
    running_emulator,
    running_program,
)


@dataclass(frozen=True)
class Site:
    """Everything that a test visits.

    Attributes:
        api_port: The local host's. Its CORS allows ``http://localhost:<page_port>``.
        page_port: Where an empty page is served, under every host name.
        other_page_port: The same on another port.
    """

    api_port: int
    page_port: int
    other_page_port: int
    emulator: Emulator

    @property
    def allowed_page(self) -> str:
        return f"http://localhost:{self.page_port}"

    @property
    def foreign_pages(self) -> dict[str, str]:
        """The origins of pages that CORS does not allow, by what they are."""
        return {
            "another site": f"http://evil.test:{self.page_port}",
            "another app": f"http://localhost:{self.other_page_port}",
            "another address": f"http://127.0.0.1:{self.page_port}",
        }

    @property
    def guest_token(self) -> str:
        return f"http://localhost:{self.api_port}/api/guest/token"

    def identities(self) -> int:
        """Return how many requests for a new identity ACS has got."""
        return sum(entry["path"] == "/identities" for entry in self.emulator.requests())


async def empty_page(request: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><body></body>", content_type="text/html")


@pytest.fixture(scope="module")
def pages() -> Iterator[tuple[int, int]]:
    """Two ports on which an empty page is served."""
    app = web.Application()
    app.router.add_get("/", empty_page)
    first, second = listen(0), listen(0)
    with in_thread(app, (first, None), (second, None)):
        yield port_of(first), port_of(second)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser that the tests share."""
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(
    pages: tuple[int, int], emulator: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("app")
    key = b64encode(secrets.token_bytes(32)).decode()
    with running_emulator(emulator.authority.parent, key) as own:
        write_app(folder, own, f"http://localhost:{pages[0]}")
        with running_program("local_host", "--port", "0", "--no-emulator", cwd=folder) as program:
            api_port = urlsplit(program.read_until(READY)[1]).port or 0
            yield Site(api_port, *pages, emulator=own)


def write_app(folder: Path, emulator: Emulator, cors: str) -> None:
    """Copy the app to a folder with settings of its own."""
    for name in ("function_app.py", "host.json"):
        shutil.copy(ROOT / name, folder)
    example = json.loads((ROOT / "local.settings.json.example").read_text())
    example["Values"] |= {
        "ACS_CONNECTION_STRING": emulator.connection_string,
        "LIMIT_NEW_GUESTS": "100000",
    }
    example["Host"]["CORS"] = cors
    (folder / "local.settings.json").write_text(json.dumps(example))
