"""The local host refuses what a page of another site makes a developer's browser send."""

import re
import secrets
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from acs_emulator.defaults import connection_string
from tests.e2e.conftest import App
from tests.raw_http import call
from tests.serving import (
    READY,
    Emulator,
    running_app,
    running_emulator,
    running_program,
)

FOREIGN = "https://evil.example"
PAGE = "http://localhost:3000"  # CORS of the example settings names it
ROUTES = [
    ("GET", "/api/guest/token"),
    ("POST", "/api/guest/token"),
    ("POST", "/api/users/token"),
    ("POST", "/admin/functions/sweep"),
    ("GET", "/nowhere"),
]


@dataclass
class Api(App):
    """A running app, with an emulator that nothing else uses."""

    emulator: Emulator


@pytest.fixture(scope="module")
def api(emulator: Emulator) -> Iterator[Api]:
    key = b64encode(secrets.token_bytes(32)).decode()
    with (
        running_emulator(emulator.authority.parent, key) as own,
        running_app(
            ACS_CONNECTION_STRING=own.connection_string, GUESTS="on", LIMIT_NEW_GUESTS="100000"
        ) as (address, program),
    ):
        yield Api(address, program, own)


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:7071", "", "[::2]", "x:y"]
)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_other_hosts_are_misdirected(api: Api, method: str, path: str, host: str) -> None:
    before = api.emulator.count_requests()

    reply = call(api.address, method, path, headers={"Host": host, "Origin": PAGE})

    assert reply.status == 421
    assert b"--allowed-host" in reply.content
    assert api.emulator.count_requests() == before


@pytest.mark.parametrize("host", ["LOCALHOST", "127.0.0.1:80", "[::1]:7071"])
def test_loopback_hosts_are_served(api: Api, host: str) -> None:
    assert call(api.address, "GET", "/api/guest/token", headers={"Host": host}).status == 200


def foreign(origin: str | None, site: str | None = None, mode: str = "cors") -> dict[str, str]:
    """The headers of a browser. None leaves a header out."""
    named = {"Origin": origin, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode if site else None}
    return {name: value for name, value in named.items() if value is not None}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(foreign(FOREIGN), id="old browser"),
        pytest.param(foreign(FOREIGN, "cross-site"), id="fetch"),
        pytest.param(foreign("null", "cross-site"), id="sandbox"),
        pytest.param(foreign(f"{PAGE}/", "cross-site"), id="with slash"),
        pytest.param(foreign(f"{PAGE}, {FOREIGN}"), id="two origins"),
        pytest.param(foreign("", "cross-site"), id="empty"),
        pytest.param(foreign("http://localhost:3001", "same-site"), id="another app"),
        pytest.param(foreign(None, "cross-site", "no-cors"), id="image"),
        pytest.param(foreign(None, "cross-site", "navigate"), id="link"),
        pytest.param(foreign(None, "same-site", "navigate"), id="another app's link"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [*ROUTES, ("OPTIONS", "/api/guest/token")])
def test_pages_of_other_origins_are_refused(
    api: Api, method: str, path: str, headers: dict[str, str]
) -> None:
    before = api.emulator.count_requests()

    reply = call(api.address, method, path, headers=headers)

    assert reply.status == 403
    assert b"CORS" in reply.content
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert api.emulator.count_requests() == before


def test_the_refusal_says_what_to_write(api: Api) -> None:
    reply = call(api.address, "GET", "/api/guest/token", headers={"Origin": "http://my.test:8080"})
    api.program.read_until("Refused with 403: A page of http://my.test:8080 sent this request")

    assert b'"CORS": "http://my.test:8080" under "Host" in local.settings.json' in reply.content


@pytest.mark.parametrize("site", ["same-site", "cross-site", None])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_in_cors_are_served(api: Api, method: str, site: str | None) -> None:
    reply = call(api.address, method, "/api/guest/token", headers=foreign(PAGE, site))

    assert reply.status == 200
    assert reply.headers["Access-Control-Allow-Origin"] == PAGE


def test_not_even_pages_in_cors_run_a_timer(api: Api) -> None:
    reply = call(api.address, "POST", "/admin/functions/sweep", headers=foreign(PAGE, "same-site"))

    assert reply.status == 403


@pytest.mark.parametrize("site", ["none", "same-origin", None])
def test_requests_without_a_page_of_another_origin_are_served(api: Api, site: str | None) -> None:
    headers = foreign(None, site, "navigate")

    assert call(api.address, "GET", "/api/guest/token", headers=headers).status == 200


def test_a_page_of_the_host_itself_is_served(api: Api) -> None:
    headers = foreign(api.address, "same-origin")

    assert call(api.address, "POST", "/api/guest/token", headers=headers).status == 200


def test_a_host_can_be_allowed_for_the_emulator_too(ports: list[int]) -> None:
    acs, entra = ports
    variables = {
        "ACS_CONNECTION_STRING": connection_string(f"http://127.0.0.1:{acs}"),
        "ENTRA_AUTHORITY": f"https://localhost:{entra}",
    }
    arguments = ("--port", "0", "--allowed-host", "devbox")
    with running_program("local_host", *arguments, variables=variables) as program:
        host, other = program.read_until(READY)[1], f"http://127.0.0.1:{acs}"

        for address, path in ((host, "/api/health"), (other, "/.well-known/jwks.json")):
            for name, status in (("devbox:7071", 200), ("localhost", 200), ("evil.example", 421)):
                assert call(address, "GET", path, headers={"Host": name}).status == status


def test_no_refusal_is_an_error_in_the_log(api: Api) -> None:
    call(api.address, "GET", "/", headers={"Origin": FOREIGN})
    api.program.read_until(re.escape(FOREIGN))

    assert "Traceback" not in api.program.output
