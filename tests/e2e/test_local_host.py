"""The local host does with requests and settings what the Functions host does."""

import http.client
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local_host.__main__ import main
from local_host.host import MAX_BODY_BYTES
from local_host.settings import StartupError, read_host_settings, read_local_settings
from tests.e2e.conftest import App
from tests.programs import exit_status
from tests.raw_http import call, go_away_while_sending
from tests.serving import READY, Emulator, running_app, running_program

PAGE = "http://localhost:3000"


def test_a_request_that_is_not_http_is_not_logged(emulator: Emulator) -> None:
    with running_app(ACS_CONNECTION_STRING=emulator.connection_string) as (address, program):
        with socket.create_connection(("localhost", urlsplit(address).port or 0)) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer eyJsesame\x00\r\n\r\n")
            assert raw.recv(1000).startswith(b"HTTP/1.0 400 ")
        program.stop()  # only then all of its output is here

        assert "Ctrl-C stops it" in program.output
        assert "eyJsesame" not in program.output


def test_a_request_that_cannot_be_read_is_a_400(app: App) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}

    reply = call(app.address, "POST", "/api/users/token", b"no gzip", headers)

    assert (reply.status, reply.content) == (400, b"")


def test_a_body_that_the_functions_host_would_not_read_is_a_413(other: str) -> None:
    reply = call(other, "POST", "/echo/large", bytes(MAX_BODY_BYTES + 1))

    assert (reply.status, reply.content) == (413, b"")


def test_a_client_that_goes_away_while_it_sends_is_no_error(emulator: Emulator) -> None:
    with running_app(ACS_CONNECTION_STRING=emulator.connection_string) as (address, program):
        go_away_while_sending(address, "/api/users/token")
        assert call(address, "POST", "/api/users/token").status == 201
        program.stop()  # only then all of its output is here

        assert "A request failed" not in program.output
        assert "Traceback" not in program.output


@pytest.mark.parametrize("key", ["", "with blank", "schlüssel"])
def test_a_function_key_that_cannot_be_sent_is_refused(
    key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_status(main, "--function-key", key) == 2

    assert "--function-key: must be printable" in capsys.readouterr().err


def test_origins_that_match_no_page_are_reported(tmp_path: Path) -> None:
    origins = "http://localhost:3000/, http://localhost:5173,http://localhost:8080"
    other_app(tmp_path, Host={"CORS": origins})
    with running_program("local_host", "--port", "0", cwd=tmp_path) as program:
        program.read_until("Ctrl-C stops it")

    assert "CORS: 'http://localhost:3000/' matches no page" in program.output
    assert "CORS: ' http://localhost:5173' matches no page" in program.output
    assert "8080' matches" not in program.output


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/users"),
        ("PUT", "/api/users/token"),
        ("OPTIONS", "/api/users/token"),
        ("POST", "/users/token"),
        ("POST", "/api"),
        ("POST", "/api/users/token/more/of/it"),
        ("POST", "/api/users%2Ftoken"),
        ("GET", "/nowhere"),
        ("POST", "/"),
        ("GET", "/local/verify"),
    ],
)
def test_an_unknown_route_is_an_empty_404(app: App, method: str, path: str) -> None:
    reply = call(app.address, method, path)

    assert (reply.status, reply.content) == (404, b"")
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/API/Users/TOKEN", "/api/users/token/", "/api/%75sers/token"])
def test_a_path_may_be_spelt_in_several_ways(app: App, path: str) -> None:
    assert call(app.address, "POST", path).status == 201


def test_a_chunked_body_is_read(app: App) -> None:
    url = urlsplit(app.address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/api/users/token", iter([b'{"sco', b'pes":5}']), headers)
    response = connection.getresponse()

    assert response.status == 400
    assert b"scopes: " in response.read()
    connection.close()


def test_a_page_of_a_known_origin_may_read_the_response(app: App) -> None:
    reply = app.call("GET", "guest/token", origin=PAGE)

    assert reply.headers["Access-Control-Allow-Origin"] == PAGE
    assert reply.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in reply.headers


def test_a_preflight_gets_a_response(app: App) -> None:
    headers = {
        "origin": PAGE,
        "access_control_request_method": "POST",
        "access_control_request_headers": "content-type",
    }

    reply = app.call("OPTIONS", "users/token", None, **headers)

    assert (reply.status, reply.content) == (204, b"")
    assert reply.headers["Access-Control-Allow-Origin"] == PAGE
    assert reply.headers["Access-Control-Allow-Methods"] == "POST"
    assert reply.headers["Access-Control-Allow-Headers"] == "content-type"
    assert reply.headers["Access-Control-Max-Age"] == "7200"


@pytest.fixture(scope="module")
def locked(emulator: Emulator) -> Iterator[App]:
    """The app behind a function key."""
    variables = {"ACS_CONNECTION_STRING": emulator.connection_string}
    arguments = ("--port", "0", "--no-emulator", "--function-key", "sesame")
    with running_program("local_host", *arguments, variables=variables) as program:
        program.read_until("Ctrl-C stops it")
        yield App(program.read_until(READY)[1], program)


def test_a_function_key_is_required_if_there_is_one(locked: App) -> None:
    assert "users/token -H 'x-functions-key: sesame'" in locked.program.output
    assert locked.call("POST", "users/token", x_functions_key="sesame").status == 201
    assert locked.call("POST", "users/token?code=sesame").status == 201
    for reply in (
        locked.call("POST", "users/token"),
        locked.call("POST", "users/token", x_functions_key="wrong"),
        locked.call("POST", "users/token?code=sesame", x_functions_key="wrong"),
        locked.call("POST", "users/token?code=w%C3%BCrong"),
        locked.call("POST", "users/token", x_functions_key="\xff"),
    ):
        assert (reply.status, reply.content) == (401, b"")


def test_an_anonymous_function_needs_no_key(locked: App) -> None:
    assert locked.call("GET", "guest/token").status == 200


FUNCTION_APP = """
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route("fail")
async def fail(req: func.HttpRequest) -> func.HttpResponse:
    raise ValueError("sesame")


@app.route("echo/{first}/{second?}")
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    seen = {**req.params, **req.route_params, "headers": sorted(req.headers), "url": req.url}
    return func.HttpResponse(str(seen), headers={"X-Own": "own", "X-Given": "own"})


@app.route("files/{*rest}")
async def files(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.route_params.get("rest", "none"))
"""


def other_app(folder: Path, **local: object) -> Path:
    """Write a function app that shows what our own does not."""
    (folder / "function_app.py").write_text(FUNCTION_APP)
    http = {"routePrefix": "", "customHeaders": {"X-Given": "given"}}
    (folder / "host.json").write_text(json.dumps({"version": "2.0", "extensions": {"http": http}}))
    content = {"IsEncrypted": False, "Values": {}, "Host": {"CORS": "*"}} | local
    (folder / "local.settings.json").write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running function app that is not ours."""
    folder = other_app(tmp_path_factory.mktemp("other"))
    with running_program("local_host", "--port", "0", cwd=folder) as program:
        yield program.read_until(r"fail: \[\] (http://localhost:\d+)/fail")[1]


def test_a_function_that_fails_is_an_empty_500(other: str) -> None:
    reply = call(other, "GET", "/fail")

    assert (reply.status, reply.content) == (500, b"")


def test_a_function_gets_the_request_as_from_the_functions_host(other: str) -> None:
    reply = call(other, "GET", "/echo/a%2Fb?q=1&q=2&empty=", headers={"X-Mixed-Case": "1"})
    seen = reply.content.decode()

    assert "'q': '1,2'" in seen
    assert "empty" not in seen.partition("url")[0]
    assert "'first': 'a%2Fb'" in seen
    assert "'x-mixed-case'" in seen
    assert "'second'" not in seen


def test_the_headers_of_a_function_win_over_custom_headers(other: str) -> None:
    reply = call(other, "GET", "/echo/1/2")

    assert (reply.headers["X-Own"], reply.headers["X-Given"]) == ("own", "own")
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert call(other, "GET", "/nowhere").headers["X-Given"] == "given"


@pytest.mark.parametrize(
    ("path", "rest"), [("/files", b"none"), ("/files/", b"none"), ("/files/a/b", b"a/b")]
)
def test_a_parameter_may_span_slashes(other: str, path: str, rest: bytes) -> None:
    assert call(other, "GET", path).content == rest


def test_any_origin_may_be_allowed(other: str) -> None:
    reply = call(other, "GET", "/files", headers={"Origin": "https://any.example"})

    assert reply.headers["Access-Control-Allow-Origin"] == "*"


def replace(path: Path, content: str | None) -> None:
    """Write another content to a file; None deletes it."""
    path.unlink()
    if content is not None:
        path.write_text(content)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("host.json", "[]", "host.json must be a JSON object"),
        ("host.json", "{}", 'host.json must say "version": "2.0"'),
        ("host.json", None, "host.json is missing"),
        ("local.settings.json", '{"IsEncrypted": false, "Values": {"A": 1}}', "value of A must be a string"),
        ("local.settings.json", '{"IsEncrypted": false, "Host": {"CORS": "*", "CORSCredentials": true}}', "CORSCredentials cannot go"),
        ("local.settings.json", '{"IsEncrypted": false, "Values": []}', "Values and Host must be objects"),
        ("local.settings.json", '{"IsEncrypted": false, "Host": {"LocalHttpPort": "7081"}}', "LocalHttpPort must be a number from 1 to 65535"),
        ("local.settings.json", '{"IsEncrypted": false, "Host": {"LocalHttpPort": 70000}}', "LocalHttpPort must be a number from 1 to 65535"),
        ("local.settings.json", '{"IsEncrypted": false, "Host": {"LocalHttpPort": true}}', "LocalHttpPort must be a number from 1 to 65535"),
        ("local.settings.json", '{"IsEncrypted": false, "Values": {"A": "\\u0000"}}', "value of A must be a string"),
        ("local.settings.json", None, "local.settings.json.example is missing"),
    ],
)  # fmt: skip
def test_the_error_message_names_the_invalid_settings_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: str | None,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    read = read_host_settings if name == "host.json" else read_local_settings
    assert read(other_app(tmp_path))
    replace(tmp_path / name, content)

    with pytest.raises(StartupError, match=re.escape(message)):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("host.json", "{", "host.json is not valid JSON"),
        ("local.settings.json", "{}", 'local.settings.json must say "IsEncrypted": false'),
        ("function_app.py", "app = None", "must have one FunctionApp"),
        ("function_app.py", FUNCTION_APP.replace("async def fail", "def fail"), "fail is not an async HTTP or timer function"),
        ("function_app.py", FUNCTION_APP.replace("{first}", "{first:int}"), "constraints are not"),
    ],
)  # fmt: skip
def test_an_invalid_file_ends_the_program(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    replace(other_app(tmp_path) / name, content)

    with running_program("local_host", "--port", "0", cwd=tmp_path) as program:
        program.read_until(message)

        assert program.wait() == 1
    assert "Traceback" not in program.output
