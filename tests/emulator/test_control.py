"""The emulator's own routes."""

import pytest

from tests.emulator.acs.client import new_identity, new_token, send
from tests.raw_http import call
from tests.serving import Emulator


def test_requests_are_listed_without_secrets(own_emulator: Emulator) -> None:
    user_id = new_identity(own_emulator)
    send(own_emulator, "POST", "/identities", version="1")
    token = new_token(own_emulator)["token"]

    listed = own_emulator.call("GET", "/emulator/requests")
    path = f"/identities/{user_id}"
    send(own_emulator, "DELETE", path)

    first, second, third = listed.json["requests"]
    assert (
        first
        == third
        == {
            "method": "POST",
            "path": "/identities",
            "apiVersion": "2023-10-01",
            "requestId": None,
            "status": 201,
        }
    )
    assert (second["apiVersion"], second["status"]) == ("1", 400)
    assert token.encode() not in listed.content
    assert own_emulator.requests()[-1]["path"] == path
    assert own_emulator.count_requests() == 4


def test_reset_deletes_everything(own_emulator: Emulator) -> None:
    user_id, token = new_identity(own_emulator), new_token(own_emulator)["token"]

    assert own_emulator.call("POST", "/emulator/reset").status == 204

    assert own_emulator.requests() == []
    assert own_emulator.count_requests() == 0
    assert own_emulator.examine(token)["revoked"]
    assert send(own_emulator, "DELETE", f"/identities/{user_id}").status == 404


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"expiresInMinutes": NaN}',
        {"expiresInMinutes": "60"},
        {"expiresInMinutes": 1e9},
        {"oid": "x"},
        {"oid": 5},
        {"appId": "a_b"},
        {"tenantId": "\ud800"},
        {"audience": "\ud800"},
        {"scopes": ["x"]},
    ],
    ids=lambda body: repr(body)[:40],
)
def test_an_impossible_teams_token_is_refused(emulator: Emulator, body: object) -> None:
    reply = emulator.call("POST", "/emulator/teams-token", body)

    assert reply.status == 400
    assert reply.content


@pytest.mark.parametrize("body", [None, {}, {"token": 5}])
def test_verify_requires_a_token(emulator: Emulator, body: object) -> None:
    assert emulator.call("POST", "/emulator/verify", body).status == 400


def test_responses_name_the_emulator(emulator: Emulator) -> None:
    reply = emulator.call("GET", "/.well-known/jwks.json")

    assert reply.headers["Server"] == "acs-emulator"
    assert [key["use"] for key in reply.json["keys"]] == ["sig", "sig", "sig"]
    assert not any("d" in key for key in reply.json["keys"])


@pytest.mark.parametrize("charset", ["hex", "unheard-of"])
def test_an_unknown_charset_is_refused(emulator: Emulator, charset: str) -> None:
    headers = {"Content-Type": f"application/json; charset={charset}"}

    assert call(emulator.url, "POST", "/emulator/verify", b"{}", headers).status == 400


@pytest.mark.parametrize("path", ["/emulator/verify", "/identities?api-version=2023-10-01"])
def test_a_body_with_a_wrong_content_encoding_is_refused(emulator: Emulator, path: str) -> None:
    reply = call(emulator.url, "POST", path, b"no gzip", {"Content-Encoding": "gzip"})

    assert reply.status == 400


def test_a_token_with_a_malformed_header_is_not_genuine(emulator: Emulator) -> None:
    odd = "eyJhbGciOiJSUzI1NiIsImNyaXQiOjV9.e30.AA"  # {"alg":"RS256","crit":5}

    assert not emulator.examine(odd)["genuine"]
