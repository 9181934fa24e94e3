"""Forged, expired, misused and malformed credentials: all are refused with the same response."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt as pyjwt
import pytest
from joserfc import jwt

from tests.e2e.conftest import App
from tests.entra_stand_in import CLIENT_ID, Entra, hmac_signed, new_guid, unsigned
from tests.keys import rsa_key
from tests.raw_http import Reply
from tests.serving import Emulator
from tests.trust.conftest import HANDLE_KEY

NOW = int(time.time())
EVIL = rsa_key("evil")
Make = Callable[[Entra], str]


def claim(**changed: Any) -> Make:
    return lambda entra: entra.token(**changed)


def header(**changed: Any) -> Make:
    return lambda entra: entra.sign(entra.claims(), **changed)


def by_hand(head: dict[str, Any], signature: str = "AAAA", **changed: Any) -> Make:
    return lambda entra: unsigned(head, entra.claims(**changed), signature)


def evil(**head: Any) -> Make:
    return lambda entra: jwt.encode({"alg": "RS256", "kid": "first"} | head, entra.claims(), EVIL)


def public_pem(entra: Entra) -> bytes:
    return entra.keys["first"].as_pem(private=False)


def principal(entra: Entra) -> str:
    claims = [{"typ": "oid", "val": new_guid()}, {"typ": "tid", "val": entra.tenants[0]}]
    return base64.b64encode(json.dumps({"auth_typ": "aad", "claims": claims}).encode()).decode()


RS = {"alg": "RS256", "kid": "first", "typ": "JWT"}
TOKENS: dict[str, Make] = {
    # algorithms
    "alg none": by_hand({"alg": "none", "typ": "JWT", "kid": "first"}, ""),
    "alg None": by_hand({"alg": "None", "kid": "first"}, ""),
    "alg none with a signature": by_hand({"alg": "none", "kid": "first"}),
    "no alg": by_hand({"kid": "first"}),
    "alg a list": by_hand({"alg": ["RS256"], "kid": "first"}),
    "alg null": by_hand({"alg": None, "kid": "first"}),
    "HS256 with the public key": lambda entra: hmac_signed(entra.claims(), public_pem(entra), kid="first"),
    "HS256 with nothing": lambda entra: hmac_signed(entra.claims(), b"\0" * 32, kid="first"),
    "HS256 with a guest's key": lambda entra: hmac_signed(entra.claims(), HANDLE_KEY, kid="first"),
    "RS512": lambda entra: jwt.encode({"alg": "RS512", "kid": "first"}, entra.claims(), entra.keys["first"], algorithms=["RS512"]),
    "PS256": lambda entra: jwt.encode({"alg": "PS256", "kid": "first"}, entra.claims(), entra.keys["first"], algorithms=["PS256"]),
    # keys
    "another key": evil(),
    "another key with jwk": evil(jwk=EVIL.as_dict(private=False)),
    "another key with jku": evil(jku="https://evil.example/keys"),
    "another key with x5u": evil(x5u="https://evil.example/cert"),
    "unknown kid": evil(kid="unknown"),
    "kid a path": evil(kid="../../dev/null"),
    "kid an SQL quote": evil(kid="' OR 1=1 --"),
    "kid very long": evil(kid="k" * 4000),
    "no kid": by_hand({"alg": "RS256"}),
    "kid a number": by_hand({"alg": "RS256", "kid": 5}),
    "kid null": by_hand({"alg": "RS256", "kid": None}),
    # signatures
    "no signature": by_hand(RS, ""),
    "signature of zeros": by_hand(RS, "A" * 342),
    "signature cut": lambda entra: entra.token()[:-10],
    "signature of another token": lambda entra: f"{entra.token().rpartition('.')[0]}.{entra.token().rpartition('.')[2]}",
    "claims changed": lambda entra: ".".join((entra.token().split(".")[0], unsigned({}, entra.claims()).split(".")[1], entra.token().split(".")[2])),
    "crit unknown": by_hand(RS | {"crit": ["x"], "x": 1}),
    "crit": lambda entra: pyjwt.encode(entra.claims(), entra.keys["first"].as_pem(private=True), "RS256", {"kid": "first", "crit": ["b64"], "b64": True}),
    # issuer, tenant, version
    "no issuer": claim(iss=None),
    "foreign issuer": claim(iss="https://evil.example/v2.0"),
    "issuer of the public cloud": lambda entra: entra.token(iss=f"https://login.microsoftonline.com/{entra.tenants[0]}/v2.0"),
    "issuer of the other tenant": lambda entra: entra.token(iss=f"{entra.authority}/{entra.tenants[1]}/v2.0"),
    "issuer with a slash more": lambda entra: entra.token(iss=f"{entra.authority}/{entra.tenants[0]}/v2.0/"),
    "issuer of v1 in a v2 token": lambda entra: entra.token(iss=f"{entra.authority}/{entra.tenants[0]}/"),
    "issuer of v2 in a v1 token": lambda entra: entra.token(version="1.0", iss=f"{entra.authority}/{entra.tenants[0]}/v2.0"),
    "issuer common": lambda entra: entra.token(iss=f"{entra.authority}/common/v2.0"),
    "foreign tenant": lambda entra: entra.token(tenant=new_guid()),
    "foreign tenant, our issuer": lambda entra: entra.token(tid=new_guid()),
    "other tenant, first issuer": lambda entra: entra.token(tid=entra.tenants[1]),
    "no tenant": claim(tid=None),
    "tenant common": claim(tid="common"),
    "tenant a path": lambda entra: entra.token(tid=f"{entra.tenants[0]}/../x"),
    "tenant a list": lambda entra: entra.token(tid=[entra.tenants[0]]),
    "no version": claim(ver=None),
    "version 3": claim(ver="3.0"),
    "version a number": claim(ver=2.0),
    # audience
    "no audience": claim(aud=None),
    "foreign audience": claim(aud=new_guid()),
    "audience of Graph": claim(aud="https://graph.microsoft.com"),
    "audience of ACS": claim(aud="https://auth.msft.communication.azure.com"),
    "audience a list with ours": claim(aud=[CLIENT_ID, "other"]),
    "audience a list of ours": claim(aud=[CLIENT_ID]),
    "audience in capitals": claim(aud=CLIENT_ID.upper()),
    "App ID URI in a v2 token": claim(aud=f"api://{CLIENT_ID}"),
    "audience empty": claim(aud=""),
    # time
    "expired": claim(exp=NOW - 3600),
    "expired two minutes ago": lambda entra: entra.token(exp=int(time.time()) - 120),
    "no expiry": claim(exp=None),
    "expiry a word": claim(exp="tomorrow"),
    "expiry far away": claim(exp=NOW + 10 * 24 * 3600),
    "not yet": claim(nbf=NOW + 3600),
    "no nbf": claim(nbf=None),
    "issued in the future": claim(iat=NOW + 3600),
    "no iat": claim(iat=None),
    # who
    "no object id": lambda entra: entra.sign({k: v for k, v in entra.claims().items() if k != "oid"}),
    "object id no GUID": claim(oid="alice"),
    "object id a list": lambda entra: entra.token(oid=[new_guid()]),
    "object id with a suffix": lambda entra: entra.token(oid=f"{new_guid()}' or"),
    "no scope": claim(scp=None),
    "another scope": claim(scp="User.Read"),
    "scope that begins alike": claim(scp="Acs.TokenX"),
    "scope in capitals": claim(scp="ACS.TOKEN"),
    "scope empty": claim(scp=""),
    "app-only": claim(scp=None, roles=["Acs.Token"], idtyp="app"),
    "app-only with a scope": claim(idtyp="app"),
    "ID token": claim(scp=None, nonce="n"),
    # shape
    "empty": lambda entra: "",
    "one part": lambda entra: "x",
    "two parts": lambda entra: "a.b",
    "four parts": lambda entra: f"{entra.token()}.x",
    "five parts": lambda entra: "a.b.c.d.e",
    "no JSON": lambda entra: "eA.eA.eA",
    "header an array": by_hand([], "AAAA"),  # type: ignore[arg-type] # that is the point
    "claims an array": lambda entra: unsigned(RS, [], "AAAA"),  # type: ignore[arg-type]
    "very long": lambda entra: entra.token(padding="x" * 5600),
    "in quotes": lambda entra: f'"{entra.token()}"',
    "two tokens": lambda entra: f"{entra.token()} {entra.token()}",
    "deep": lambda entra: f"{base64.urlsafe_b64encode(b'[' * 3000).decode().rstrip('=')}.e30.x",
}  # fmt: skip


def refusal(reply: Reply) -> dict[str, Any]:
    """Check that a response is a 401; return its problem without the request id."""
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert reply.headers["Cache-Control"] == "no-store"
    problem: dict[str, Any] = reply.json
    del problem["requestId"]
    return problem


@pytest.fixture(scope="module")
def usual(app: App) -> dict[str, Any]:
    """The problem that a request without a credential gets."""
    return refusal(app.call("POST", "me/token"))


@pytest.mark.parametrize("kind", TOKENS)
def test_a_wrong_token_is_refused_like_any_other(
    app: App, entra: Entra, emulator: Emulator, usual: dict[str, Any], kind: str
) -> None:
    before = emulator.count_requests()
    token = TOKENS[kind](entra)

    replies = [
        app.call("POST", "me/token", authorization=f"Bearer {token}"),
        app.call("POST", "me/revoke", authorization=f"Bearer {token}"),
        app.call("DELETE", "me", x_entra_authorization=f"Bearer {token}"),
        app.call("POST", "me/teams/token", authorization=f"Bearer {token}"),
    ]

    assert all(refusal(reply) == usual for reply in replies)
    assert emulator.count_requests() == before


HEADERS: dict[str, Callable[[Entra], dict[str, str]]] = {
    "none": lambda entra: {},
    "Basic": lambda entra: {"authorization": "Basic dXNlcjpwYXNz"},
    "token alone": lambda entra: {"authorization": entra.token()},
    "two spaces inside": lambda entra: {"authorization": f"Bearer {entra.token()} x"},
    "App Service's, which nobody trusts here": lambda entra: {"x_ms_client_principal": principal(entra)},
    "App Service's id": lambda entra: {"x_ms_client_principal_id": new_guid()},
    "App Service's token": lambda entra: {"x_ms_token_aad_access_token": entra.token()},
    "good one hidden by a wrong one": lambda entra: {"authorization": f"Bearer {entra.token()}", "x_entra_authorization": "Bearer x"},
    "in the query's place": lambda entra: {"x_authorization": f"Bearer {entra.token()}"},
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADERS)
def test_a_wrong_header_is_refused_like_any_other(
    app: App, entra: Entra, usual: dict[str, Any], kind: str
) -> None:
    assert refusal(app.call("POST", "me/token", **HEADERS[kind](entra))) == usual


def test_a_token_of_acs_or_a_guests_handle_is_no_sign_in(app: App, usual: dict[str, Any]) -> None:
    guest = app.call("POST", "guest/token").json

    for credential in (guest["token"], guest["guestHandle"]):
        assert refusal(app.call("POST", "me/token", authorization=f"Bearer {credential}")) == usual


def test_a_good_token_is_accepted(app: App, entra: Entra) -> None:
    token = entra.token()

    assert app.call("POST", "me/token", authorization=f"Bearer {token}").status == 200
