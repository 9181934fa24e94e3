"""The local page's files and helper routes: who is served, and who is refused."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest

from acs_emulator.entra.users import USERS
from acs_tokens.models.values import Scope
from tests.e2e.conftest import App
from tests.emulator.entra.client import ALICE
from tests.raw_http import Reply, call
from tests.serving import (
    READY,
    ROOT,
    Emulator,
    running_emulator,
    running_program,
)
from tests.tokens import claims_of

PAGE = "http://localhost:3000"  # CORS of the example settings names it
GUEST = {"method": "POST", "url": "http://localhost/api/guest/token", "headers": {}}
MAX_BYTES = 15 * 1024
HELPERS = ("settings", "requests", "token", "examples", "sign-in")
METADATA = "/local/openid-configuration"


@pytest.fixture(scope="module")
def host(emulator: Emulator) -> Iterator[App]:
    """A local host that uses the emulator of the tests, as one that runs already."""
    variables = {
        "ACS_CONNECTION_STRING": emulator.connection_string,
        "ENTRA_AUTHORITY": emulator.tls_url,
        "SSL_CERT_FILE": str(emulator.authority),
    }
    with running_program("local_host", "--port", "0", variables=variables) as program:
        yield App(program.read_until(READY)[1], program)


def ask(host: App, helper: str, body: object = None, **headers: str | None) -> Reply:
    """Use a helper route as the page does; None leaves one of its headers out."""
    sent = {"Origin": host.address, "Sec-Fetch-Site": "same-origin"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    kept = {name: value for name, value in sent.items() if value is not None}
    return call(host.address, "POST", f"/local/{helper}", body, kept)


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
    ],
)
@pytest.mark.parametrize("acs", ["emulator", "another"])
def test_the_files_are_served_under_a_strict_policy(
    host: App, app: App, path: str, content_type: str, acs: str
) -> None:
    reply = call((host if acs == "emulator" else app).address, "GET", path)

    policy = dict(
        rule.strip().split(" ", 1) for rule in reply.headers["Content-Security-Policy"].split(";")
    )
    assert (reply.status, reply.headers["Content-Type"]) == (200, content_type)
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "no-referrer"


def test_the_page_is_small_and_has_no_inline_script() -> None:
    files = {path.name: path.read_text() for path in (ROOT / "local_host" / "page").iterdir()}

    assert sum(len(text.encode()) for text in files.values()) <= MAX_BYTES
    assert set(files) == {"index.html", "page.js", "page.css", "icon.svg"}
    for word in ("style=", "<style", "onclick", "javascript:", "http:", "https:"):
        assert word not in files["index.html"]
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "eval", "document.write", "Storage"):
        assert word not in files["page.js"]


def test_the_helpers_serve_the_page(host: App, emulator: Emulator) -> None:
    token = host.new_token()["token"]

    settings = ask(host, "settings").json
    view = ask(host, "token", {"token": token}).json
    requests = ask(host, "requests").json

    latest = emulator.requests()[-len(requests) :][::-1]
    assert settings["needsKey"] is False
    assert settings["users"] == [user.principal_name for user in USERS]
    assert dict(settings["scopes"]).keys() == set(get_args(Scope))
    assert view["verdict"] == "genuine, valid"
    assert requests == [[each["status"], each["method"], each["path"]] for each in latest]
    assert requests[0][2] == "/identities"


def test_a_made_up_user_signs_in_and_gets_a_token(host: App) -> None:
    bearer = ask(host, "sign-in", {"user": "alice@contoso.example"}).json["accessToken"]

    assert claims_of(bearer)["oid"] == ALICE
    assert host.call("POST", "me/token", authorization=f"Bearer {bearer}").status == 200


def test_the_printed_page_signs_in_with_the_emulator_that_was_started(
    emulated: dict[str, str],
) -> None:
    arguments = ("--port", "0", "--entra-token-seconds", "90")
    with running_program("local_host", *arguments, variables=emulated) as program:
        program.read_until(READY)
        heading, _, address, *_ = program.output.splitlines()
        own = App(address.strip().removesuffix("/"), program)
        bearer = ask(own, "sign-in", {"user": "alice@contoso.example"}).json["accessToken"]
        reply = own.call("POST", "me/token", authorization=f"Bearer {bearer}")

    assert heading == "A page that gets tokens at a click:"
    assert reply.status == 200
    assert claims_of(bearer)["exp"] - claims_of(bearer)["iat"] == 300 + 90


def test_a_lifetime_without_an_emulator_to_start_is_refused(emulator: Emulator) -> None:
    variables = {"ACS_CONNECTION_STRING": emulator.connection_string}
    arguments = ("--port", "0", "--entra-token-seconds", "90")
    with running_program("local_host", *arguments, variables=variables) as program:
        program.read_until("--entra-token-seconds: no emulator is started")

        assert program.wait() == 1


@pytest.mark.parametrize("helper", HELPERS)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"}, id="another site"),
        pytest.param({"Origin": PAGE, "Sec_Fetch_Site": "same-site"}, id="page that CORS names"),
        pytest.param({"Origin": PAGE, "Sec_Fetch_Site": None}, id="the same in an old browser"),
        pytest.param({"Origin": "null", "Sec_Fetch_Site": "cross-site"}, id="sandbox"),
        pytest.param({"Sec_Fetch_Site": "cross-site"}, id="contradiction"),
        pytest.param({"Origin": None, "Sec_Fetch_Site": None}, id="program"),
        pytest.param({"Origin": None, "Sec_Fetch_Site": "none"}, id="navigation"),
        pytest.param({"Origin": None}, id="no origin"),
    ],
)  # fmt: skip
def test_only_the_page_itself_may_use_the_helpers(
    host: App, helper: str, headers: dict[str, str | None]
) -> None:
    reply = ask(host, helper, {"user": "alice@contoso.example", "token": "x"}, **headers)

    assert reply.status == 403
    assert b"{" not in reply.content
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize("helper", HELPERS)
def test_a_rebound_name_reaches_no_helper(host: App, helper: str) -> None:
    name = f"evil.example:{urlsplit(host.address).port}"

    assert ask(host, helper, Host=name, Origin=f"http://{name}").status == 421


@pytest.mark.parametrize("path", ["/", "/page.js", "/icon.svg"])
def test_no_page_of_another_origin_reads_the_page(host: App, path: str) -> None:
    for site, mode in (("cross-site", "navigate"), ("same-site", "no-cors")):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
        assert call(host.address, "GET", path, headers=headers).status == 403
    assert call(host.address, "GET", path, headers={"Origin": PAGE}).status == 403
    assert call(host.address, "GET", path, headers={"Host": "evil.example"}).status == 421


def test_without_an_emulator_the_page_shows_what_it_can(app: App) -> None:
    token = app.new_token()["token"]

    settings = ask(app, "settings").json
    view = ask(app, "token", {"token": token}).json

    assert (settings["users"], settings["providers"]) == ([], [])
    assert (view["verdict"], view["is"], view["lifetime"]) == (
        "not verified: no emulator",
        "",
        3600 * 24,
    )
    assert ask(app, "requests").json == []
    assert ask(app, "sign-in", {"user": "alice@contoso.example"}).status == 400


@pytest.mark.parametrize(
    ("helper", "body"),
    [
        ("token", None),
        ("token", {"token": 5}),
        ("token", b"[]"),
        ("sign-in", {"user": ["alice@contoso.example"]}),
        ("sign-in", {"user": "nobody@contoso.example"}),
        ("examples", {"method": "POST", "url": "http://localhost/api/users"}),
        ("examples", {"method": "POST", "url": "http://localhost/api/users", "headers": {"a": 1}}),
        ("examples", GUEST | {"body": "5"}),
        ("examples", GUEST | {"body": "{"}),
        ("examples", GUEST | {"url": "http://["}),
        ("examples", GUEST | {"body": "[" * 100_000}),
    ],
)
def test_a_wrong_body_is_refused(host: App, helper: str, body: object) -> None:
    assert ask(host, helper, body).status == 400


def test_a_body_that_cannot_be_read_is_refused(host: App) -> None:
    assert ask(host, "token", b"no gzip", Content_Encoding="gzip").status == 400


def test_an_emulator_that_has_stopped_is_reported(emulator: Emulator) -> None:
    with contextlib.ExitStack() as until_stopped, contextlib.ExitStack() as stack:
        own = until_stopped.enter_context(running_emulator(emulator.authority.parent))
        variables = {
            "ACS_CONNECTION_STRING": own.connection_string,
            "ENTRA_AUTHORITY": own.tls_url,
            "SSL_CERT_FILE": str(own.authority),
        }
        program = stack.enter_context(
            running_program("local_host", "--port", "0", variables=variables)
        )
        host = App(program.read_until(READY)[1], program)
        until_stopped.close()

        replies = [ask(host, "requests"), ask(host, "sign-in", {"user": "alice@contoso.example"})]
        replies.append(metadata(host.address))

    assert [reply.status for reply in replies] == [502] * 3
    assert b"does not respond" in replies[0].content


def metadata(address: str, **headers: str) -> Reply:
    return call(address, "GET", METADATA, headers=headers)


def test_a_page_reads_entras_metadata_over_http(host: App, emulator: Emulator) -> None:
    reply = metadata(host.address, Origin=PAGE)
    fields: dict[str, Any] = json.loads(reply.content)

    base = f"{emulator.tls_url}/organizations/oauth2/v2.0"
    assert fields["authorization_endpoint"] == f"{base}/authorize"
    assert fields["token_endpoint"] == f"{base}/token"
    assert reply.headers["Access-Control-Allow-Origin"] == PAGE


def test_a_foreign_page_does_not_read_entras_metadata(host: App) -> None:
    assert metadata(host.address, Origin="https://evil.example").status == 403


def test_without_an_emulator_there_is_no_metadata(app: App) -> None:
    assert metadata(app.address).status == 404
