"""Authentication: HMAC as each SDK signs is accepted, everything else is denied."""

import time
from urllib.parse import unquote

import pytest

from tests.emulator.acs.client import new_identity, send
from tests.raw_http import call, content_hash, sign, signed_headers
from tests.serving import Emulator

TARGET = "/identities?api-version=2023-10-01"


def post(emulator: Emulator, headers: dict[str, str], content: bytes = b"") -> tuple[int, str]:
    reply = call(emulator.url, "POST", TARGET, content, headers)
    return reply.status, reply.json.get("error", {}).get("message", "")


def signed(emulator: Emulator, names: str, **changed: str) -> dict[str, str]:
    headers = {
        "x-ms-date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()),
        "host": f"127.0.0.1:{emulator.port}",
        "x-ms-content-sha256": content_hash(b""),
        "x-extra": "1",
    }
    headers["date"] = headers["x-ms-date"]
    return sign(emulator.access_key, "POST", TARGET, headers | changed, names)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param("x-ms-date;host;x-ms-content-sha256", id="current SDKs"),
        pytest.param("date;host;x-ms-content-sha256", id="Python 1.0"),
        pytest.param("host;x-ms-content-sha256;x-ms-date;x-extra", id="another order, one more"),
    ],
)
def test_the_named_headers_are_checked(emulator: Emulator, names: str) -> None:
    assert post(emulator, signed(emulator, names)) == (201, "")


def test_header_names_may_be_in_capitals(emulator: Emulator) -> None:
    headers = signed(emulator, "x-ms-date;host;x-ms-content-sha256")
    shouted = "X-MS-Date;Host;X-MS-Content-SHA256"
    headers["Authorization"] = headers["Authorization"].replace(
        "x-ms-date;host;x-ms-content-sha256", shouted
    )

    assert post(emulator, headers) == (201, "")


@pytest.mark.parametrize(
    "names",
    ["host;x-ms-content-sha256", "x-ms-date;x-ms-content-sha256", "x-ms-date;host", "x-extra"],
)
def test_a_signature_over_too_little_is_denied(emulator: Emulator, names: str) -> None:
    assert post(emulator, signed(emulator, names)) == (401, "Denied by the resource provider.")


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda target: target, id="raw"),
        pytest.param(unquote, id="decoded, as the async Python SDK signs it"),
    ],
)
def test_an_escaped_target_may_be_signed_either_way(emulator: Emulator, form: object) -> None:
    target = f"/identities/{new_identity(emulator).replace(':', '%3A')}/:revokeAccessTokens?api-version=2023-10-01"
    assert callable(form)
    headers = signed_headers(emulator.access_key, "POST", emulator.url, form(target), b"")

    assert call(emulator.url, "POST", target, headers=headers).status == 204


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("HMAC-SHA256 SignedHeaders=&Signature=", id="nothing signed"),
        pytest.param("HMAC-SHA256 Signature=x", id="no names"),
        pytest.param("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=é", id="no base64"),
        pytest.param("Bearer ", id="empty bearer"),
        pytest.param("Bearer eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL2NvbW11bmljYXRpb24uYXp1cmUuY29tIn0.", id="alg none"),
        pytest.param("Basic dXNlcjpwYXNz", id="another scheme"),
    ],
)  # fmt: skip
def test_a_missing_or_malformed_credential_is_denied(
    emulator: Emulator, authorization: str | None
) -> None:
    headers = signed_headers(emulator.access_key, "POST", emulator.url, TARGET, b"")
    del headers["Authorization"]
    credential = {"Authorization": authorization} if authorization is not None else {}

    assert post(emulator, headers | credential) == (401, "Denied by the resource provider.")


def test_another_key_is_denied(emulator: Emulator, own_emulator: Emulator) -> None:
    headers = signed_headers(own_emulator.access_key, "POST", emulator.url, TARGET, b"")

    assert post(emulator, headers) == (401, "Denied by the resource provider.")


@pytest.mark.parametrize(
    ("changed", "value"),
    [
        ("host", "localhost:1"),
        ("x-ms-date", "Fri, 20 Nov 2020 08:20:09 GMT"),
        ("x-ms-content-sha256", content_hash(b"other")),
    ],
)
def test_a_signed_header_that_was_changed_is_denied(
    emulator: Emulator, changed: str, value: str
) -> None:
    headers = signed_headers(emulator.access_key, "POST", emulator.url, TARGET, b"")

    assert post(emulator, headers | {changed: value})[0] == 401


def test_a_body_that_was_changed_is_denied(emulator: Emulator) -> None:
    headers = signed_headers(emulator.access_key, "POST", emulator.url, TARGET, b"{}")

    message = "Request 'x-ms-content-sha256' differs from generated content hash."
    assert post(emulator, headers, b"[]") == (401, message)


@pytest.mark.parametrize("seconds", [-299, 299])
def test_a_clock_may_be_five_minutes_off(own_emulator: Emulator, seconds: int) -> None:
    own_emulator.clock.ahead = seconds * 0.99

    assert send(own_emulator, "POST", "/identities").status == 201


@pytest.mark.parametrize("seconds", [-302, 302])
def test_a_clock_that_is_further_off_is_denied(own_emulator: Emulator, seconds: int) -> None:
    own_emulator.clock.ahead = seconds

    reply = send(own_emulator, "POST", "/identities")

    assert reply.status == 401
    assert reply.json["error"]["message"] == (
        "The given request could not be resolved.\nThe time difference between the originating"
        " client and the server is greater than the allowed margin of 5 minutes."
    )


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Fri, 99 Nov 2026 08:20:09 GMT",
        "Mon, 20 Nov 1995 19:12:08 +99999999999999999999",
    ],
)
def test_an_invalid_date_is_denied(emulator: Emulator, date: str) -> None:
    headers = signed(emulator, "x-ms-date;host;x-ms-content-sha256", **{"x-ms-date": date})

    assert post(emulator, headers)[0] == 401
