"""Entra's discovery documents and keys, and which pages may read them."""

from urllib.parse import quote
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tests.emulator.acs.client import new_token
from tests.emulator.entra.client import CONTOSO, error, password, token
from tests.raw_http import call
from tests.serving import Emulator

DOCUMENT = "/.well-known/openid-configuration"
TOKEN = "/common/oauth2/v2.0/token"
KEYS = f"/{CONTOSO}/discovery/v2.0/keys"


@pytest.mark.parametrize(
    ("path", "issuer"),
    [
        (f"/{CONTOSO}/v2.0", f"/{CONTOSO}/v2.0"),
        (f"/{CONTOSO.upper()}/v2.0", f"/{CONTOSO}/v2.0"),
        ("/contoso.example/v2.0", f"/{CONTOSO}/v2.0"),
        (f"/{CONTOSO}", f"/{CONTOSO}/"),
        ("/organizations/v2.0", "/{tenantid}/v2.0"),
        ("/common/v2.0", "/{tenantid}/v2.0"),
        ("/adfs", "/{tenantid}/v2.0"),
    ],
)
def test_a_document_lists_the_endpoints(emulator: Emulator, path: str, issuer: str) -> None:
    document = emulator.call("GET", path + DOCUMENT).json

    assert document["issuer"] == emulator.url + issuer
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"):
        there = document[name].removeprefix(emulator.url)
        method = "POST" if name == "token_endpoint" else "GET"
        assert emulator.call(method, there).headers["Server"] == "acs-emulator"
        assert emulator.call(method, there).status in (200, 400)
    assert document["token_endpoint"].endswith("/v2.0/token") == path.endswith("/v2.0")
    assert (
        len(emulator.call("GET", document["jwks_uri"].removeprefix(emulator.url)).json["keys"]) == 2
    )


def test_adfs_has_its_own_paths(emulator: Emulator) -> None:
    document = emulator.call("GET", f"/adfs{DOCUMENT}").json

    assert document["authorization_endpoint"] == f"{emulator.url}/adfs/oauth2/authorize"
    assert document["token_endpoint"] == f"{emulator.url}/adfs/oauth2/token"


@pytest.mark.parametrize("path", [f"/nowhere/v2.0{DOCUMENT}", f"/x{DOCUMENT}", "/x/discovery/keys"])
def test_an_unknown_tenant_has_no_document(emulator: Emulator, path: str) -> None:
    assert error(emulator.call("GET", path)) == (400, "invalid_tenant", 90002)


def test_instance_discovery_knows_the_emulator(emulator: Emulator) -> None:
    authority = quote(f"https://127.0.0.1/{CONTOSO}/oauth2/v2.0/authorize", safe="")
    path = f"/common/discovery/instance?api-version=1.1&authorization_endpoint={authority}"

    response = emulator.call("GET", path).json

    assert response["tenant_discovery_endpoint"] == f"{emulator.url}/{CONTOSO}/v2.0{DOCUMENT}"
    assert response["metadata"][0]["aliases"] == [emulator.url.removeprefix("http://")]


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("", "invalid_request"),
        ("https://elsewhere.example/common", "invalid_instance"),
        ("https://[", "invalid_instance"),
        ("https://127.0.0.1/nowhere/oauth2", "invalid_tenant"),
        ("https://127.0.0.1", "invalid_tenant"),
    ],
)
def test_instance_discovery_knows_no_other_host(
    emulator: Emulator, endpoint: str, expected: str
) -> None:
    path = f"/common/discovery/instance?authorization_endpoint={quote(endpoint, safe='')}"

    assert error(emulator.call("GET", path))[:2] == (400, expected)


@pytest.mark.parametrize("path", [KEYS, f"/{CONTOSO}/discovery/keys", "/.well-known/jwks.json"])
def test_a_token_verifies_with_published_keys(emulator: Emulator, path: str) -> None:
    keys = KeySet.import_key_set(emulator.call("GET", path).json)
    issued = password(emulator, "bob@contoso.example", str(uuid4()), "openid")

    for name in ("access_token", "id_token"):
        assert jwt.decode(issued[name], keys, algorithms=["RS256"]).claims["tid"] == CONTOSO


def key_ids(emulator: Emulator) -> list[str]:
    return [key["kid"] for key in emulator.call("GET", KEYS).json["keys"]]


def new_access_token(emulator: Emulator) -> str:
    response = password(emulator, "bob@contoso.example", str(uuid4()), "openid")
    token: str = response["access_token"]
    return token


def verifies(emulator: Emulator, token: str) -> bool:
    """Return whether one of the published keys signed a token."""
    keys = KeySet.import_key_set(emulator.call("GET", KEYS).json)
    try:
        jwt.decode(token, keys, algorithms=["RS256"])
    except (JoseError, ValueError):
        return False
    return True


def test_a_rotation_makes_the_next_key_sign(own_emulator: Emulator) -> None:
    before = key_ids(own_emulator)

    response = own_emulator.call("POST", "/emulator/entra/rotate-keys").json

    after = key_ids(own_emulator)
    assert [response["signing"], response["next"]] == after
    assert after[0] == before[1]
    assert after[1] not in before


def test_a_rotation_ends_the_tokens_of_the_old_key(own_emulator: Emulator) -> None:
    for _ in range(2):  # the second time, a key signs that was published by a rotation
        old = new_access_token(own_emulator)
        own_emulator.call("POST", "/emulator/entra/rotate-keys")
        new = new_access_token(own_emulator)

        assert (verifies(own_emulator, old), verifies(own_emulator, new)) == (False, True)


def test_a_rotation_does_not_affect_the_tokens_of_acs(own_emulator: Emulator) -> None:
    issued = new_token(own_emulator)["token"]
    own_emulator.call("POST", "/emulator/entra/rotate-keys")

    assert own_emulator.examine(issued)["valid"]


def test_entra_does_not_accept_the_tokens_of_acs(emulator: Emulator) -> None:
    keys = KeySet.import_key_set(emulator.call("GET", KEYS).json)

    with pytest.raises((JoseError, ValueError)):
        jwt.decode(new_token(emulator)["token"], keys, algorithms=["RS256"])


@pytest.mark.parametrize("origin", [
    "http://localhost:3000", "https://localhost", "http://127.0.0.1:5173", "http://[::1]:80",
])  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [
    ("GET", f"/common/v2.0{DOCUMENT}"), ("GET", KEYS), ("POST", TOKEN), ("OPTIONS", TOKEN),
])  # fmt: skip
def test_pages_on_loopback_may_read_responses(
    emulator: Emulator, method: str, path: str, origin: str
) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    reply = call(emulator.url, method, path, headers=headers)

    assert reply.headers["Access-Control-Allow-Origin"] == origin
    assert reply.headers["Vary"] == "Origin"
    if method == "OPTIONS":
        assert reply.status == 204
        assert reply.headers["Access-Control-Allow-Methods"] == "POST"
        assert reply.headers["Access-Control-Allow-Headers"] == "*"


@pytest.mark.parametrize("origin", [
    "null", "https://evil.example", "http://localhost.evil.example", "http://localhost:3000/",
    "http://localhost@evil.example",
])  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_other_pages_may_not_read_responses(emulator: Emulator, method: str, origin: str) -> None:
    reply = call(emulator.url, method, TOKEN, headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in reply.headers


def test_tokens_are_not_stored_by_caches(emulator: Emulator) -> None:
    form = {"client_id": str(uuid4()), "username": "bob@contoso.example", "scope": "openid"}
    reply = token(emulator, grant_type="password", password="emulator", **form)

    assert reply.headers["Cache-Control"] == "no-store"
