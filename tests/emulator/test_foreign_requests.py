"""The emulator refuses what a page of another site makes a developer's browser send."""

import http.client
import socket
import ssl
from collections.abc import Callable
from uuid import uuid4

import pytest

from acs_emulator import __main__ as acs_emulator
from local_host import __main__ as local_host
from tests.emulator.acs.client import send
from tests.emulator.entra.client import CONTOSO, FORM, SignIn, token
from tests.programs import exit_status
from tests.raw_http import Reply, call
from tests.serving import Emulator, running_program
from tests.waiting import LIMIT_SECONDS

FOREIGN = "https://evil.example"
DEVELOPERS_PAGE = "http://localhost:3000"
KEYS = "/.well-known/jwks.json"
DISCOVERY = f"/{CONTOSO}/v2.0/.well-known/openid-configuration"
TOKEN = f"/{CONTOSO}/oauth2/v2.0/token"
AUTHORIZE = f"/{CONTOSO}/oauth2/v2.0/authorize"
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
IMAGE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}


def call_over_tls(emulator: Emulator, path: str, host: str) -> int:
    """Return the status of a GET request over TLS with another ``Host``."""
    context = ssl.create_default_context(cafile=str(emulator.authority))
    connection = http.client.HTTPSConnection(
        "localhost", emulator.tls_port, context=context, timeout=LIMIT_SECONDS
    )
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


def send_raw(emulator: Emulator, request: bytes) -> bytes:
    """Return the first line of the response to a request that is sent as it is."""
    with socket.create_connection(("127.0.0.1", emulator.port), LIMIT_SECONDS) as connection:
        connection.sendall(request)
        return connection.makefile("rb").readline()


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:1", "127.0.0.1:65535", "[::1]", "[::1]:7"]
)
@pytest.mark.parametrize("path", [KEYS, DISCOVERY, "/emulator/requests"])
def test_loopback_hosts_are_served(emulator: Emulator, path: str, host: str) -> None:
    assert call(emulator.url, "GET", path, headers={"Host": host}).status == 200
    assert call_over_tls(emulator, path, host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:7072",
        "localhost.evil.example",
        "evil.localhost",
        "localhost.",
        "127.0.0.2",
        "0.0.0.0",  # noqa: S104 - a host that must not be served
        "::1",
        "[::ffff:127.0.0.1]",
        "localhost:",
        "localhost:65536",
        "localhost:70720000",
        "localhost:x",
        "localhost, evil.example",
        "user@localhost",
        "",
    ],
)
@pytest.mark.parametrize("path", [KEYS, DISCOVERY, "/emulator/requests", "/identities", "/nowhere"])
def test_other_hosts_are_misdirected(emulator: Emulator, path: str, host: str) -> None:
    reply = call(emulator.url, "GET", path, headers={"Host": host})

    assert reply.status == 421
    assert b"--allowed-host" in reply.content
    assert call_over_tls(emulator, path, host) == 421


def test_a_signed_request_to_another_host_creates_no_identity(own_emulator: Emulator) -> None:
    reply = send(own_emulator, "POST", "/identities", headers={"host": "evil.example"})

    assert reply.status == 421
    assert own_emulator.requests() == []


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (b"GET %b HTTP/1.0\r\n\r\n", b"421"),
        (b"GET %b HTTP/1.0\r\nHost: evil.example\r\n\r\n", b"421"),
        (b"GET %b HTTP/1.0\r\nHost: localhost\r\n\r\n", b"200"),
        (b"GET %b HTTP/1.1\r\n\r\n", b"400"),
        (b"GET %b HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", b"400"),
        (b"GET %b HTTP/1.0\r\nHost: localhost\r\nHost: localhost\r\n\r\n", b"400"),
        (b"GET http://evil.example%b HTTP/1.1\r\nHost: localhost\r\n\r\n", b"421"),
        (b"GET http://localhost%b HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
    ],
)
def test_the_host_must_be_named_once(
    emulator: Emulator, request_text: bytes, status: bytes
) -> None:
    line = send_raw(emulator, request_text % KEYS.encode())

    assert line.split()[1] == status


@pytest.mark.parametrize("headers", [{"Origin": FOREIGN}, {"Origin": "null"}, LINK, IMAGE])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/identities?api-version=2023-10-01"),
        ("POST", "/emulator/teams-token"),
        ("POST", "/emulator/reset"),
        ("GET", "/emulator/requests"),
        ("GET", "/msi/token"),
        ("OPTIONS", "/emulator/reset"),
        ("GET", "/nowhere"),
    ],
)
def test_pages_reach_neither_acs_nor_the_emulators_own_routes(
    emulator: Emulator, method: str, path: str, headers: dict[str, str]
) -> None:
    reply = call(emulator.url, method, path, headers=headers)

    assert reply.status == 403
    assert b"CORS" in reply.content
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_not_even_pages_on_loopback_reach_them(emulator: Emulator, site: str) -> None:
    headers = {"Origin": DEVELOPERS_PAGE, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "cors"}

    reply = call(emulator.url, "POST", "/emulator/teams-token", headers=headers)

    assert reply.status == 403


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin"}],
)
def test_other_requests_are_served(emulator: Emulator, headers: dict[str, str]) -> None:
    assert call(emulator.url, "GET", "/emulator/requests", headers=headers).status == 200


def test_a_page_of_the_emulator_itself_is_served(emulator: Emulator) -> None:
    headers = {"Origin": emulator.url, "Sec-Fetch-Site": "same-origin"}

    assert call(emulator.url, "GET", "/emulator/requests", headers=headers).status == 200


def use_sign_in(emulator: Emulator, method: str, path: str, headers: dict[str, str]) -> Reply:
    content = b"grant_type=password" if method == "POST" else b""
    return call(emulator.url, method, path, content, {"Content-Type": FORM} | headers)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", DISCOVERY, 200), ("OPTIONS", TOKEN, 204), ("POST", TOKEN, 400)],
)
def test_a_developers_page_reads_what_entras_sign_in_returns(
    emulator: Emulator, method: str, path: str, status: int
) -> None:
    headers = {"Origin": DEVELOPERS_PAGE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}

    reply = use_sign_in(emulator, method, path, headers)

    assert reply.status == status
    assert reply.headers["Access-Control-Allow-Origin"] == DEVELOPERS_PAGE


@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://localhost.evil.example:3000"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", DISCOVERY), ("OPTIONS", TOKEN), ("POST", TOKEN)]
)
def test_other_sites_pages_do_not_use_entras_sign_in(
    emulator: Emulator, method: str, path: str, origin: str
) -> None:
    reply = use_sign_in(emulator, method, path, {"Origin": origin})

    assert reply.status == 403
    assert b"CORS" in reply.content


def test_a_form_of_a_page_without_an_origin_gets_no_token(emulator: Emulator) -> None:
    assert use_sign_in(emulator, "POST", TOKEN, LINK).status == 403


@pytest.mark.parametrize("target", ["document", "iframe"])
def test_a_page_may_lead_the_browser_to_the_sign_in(emulator: Emulator, target: str) -> None:
    path = f"{AUTHORIZE}?client_id={uuid4()}&redirect_uri={DEVELOPERS_PAGE}"

    reply = call(emulator.url, "GET", path, headers=LINK | {"Sec-Fetch-Dest": target})

    assert reply.status == 302


def test_an_image_does_not_sign_in(emulator: Emulator) -> None:
    path = f"{AUTHORIZE}?client_id={uuid4()}&redirect_uri={DEVELOPERS_PAGE}"

    assert call(emulator.url, "GET", path, headers=IMAGE).status == 403


def test_programs_sign_in_as_before(emulator: Emulator) -> None:
    sign_in = SignIn(emulator)

    assert sign_in.redeem(sign_in.code()).status == 200
    assert token(emulator, CONTOSO).status == 400


def test_a_host_can_be_allowed() -> None:
    arguments = ("--port", "0", "--allowed-host", "DevBox", "--allowed-host", "[fd00::5]")
    with running_program("acs_emulator", *arguments) as program:
        url = program.read_until(r"ACS Identity at (http://127\.0\.0\.1:\d+)\.")[1]

        for host, status in (
            ("devbox:7072", 200),
            ("[FD00::5]", 200),
            ("localhost", 200),
            ("evil.example", 421),
        ):
            assert call(url, "GET", KEYS, headers={"Host": host}).status == status


@pytest.mark.parametrize("name", ["*", "", "http://devbox", "devbox:7072", "dev box"])
@pytest.mark.parametrize("main", [acs_emulator.main, local_host.main])
def test_an_impossible_host_is_reported(
    main: Callable[[], int], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_status(main, "--allowed-host", name) == 2

    message = "--allowed-host: must be a host name or address, without a port"
    assert message in capsys.readouterr().err
