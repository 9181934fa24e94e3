"""App Service authentication's header."""

import base64
import json
from uuid import uuid4

import pytest

from acs_tokens.entra.easyauth import read_client_principal
from acs_tokens.oidc.person import EntraUser
from acs_tokens.problems import UnauthorizedError

TENANT, OID = str(uuid4()), str(uuid4())
LONG = "http://schemas.microsoft.com/identity/claims/"


def header(provider: object = "aad", claims: object = None) -> str:
    given = (
        [{"typ": "oid", "val": OID}, {"typ": "tid", "val": TENANT}] if claims is None else claims
    )
    return base64.b64encode(json.dumps({"auth_typ": provider, "claims": given}).encode()).decode()


@pytest.mark.parametrize(("oid", "tid"), [("oid", "tid"), (f"{LONG}objectidentifier", f"{LONG}tenantid")])  # fmt: skip
def test_both_spellings_of_the_claims_are_read(oid: str, tid: str) -> None:
    claims = [
        {"typ": oid, "val": OID.upper()},
        {"typ": tid, "val": TENANT},
        {"typ": "name", "val": "x"},
    ]

    assert read_client_principal(header(claims=claims), {TENANT}) == (
        EntraUser(TENANT, OID),
        frozenset(),
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "é", "e30=", "bnVsbA==", "W10=", header("google"), header(None), header(claims=[]), header(claims={}),
        header(claims=[{"typ": "oid", "val": OID}]), header(claims=[{"typ": "tid", "val": TENANT}]),
        header(claims=[{"typ": "oid", "val": "x"}, {"typ": "tid", "val": TENANT}]),
        header(claims=[{"typ": "oid", "val": 5}, {"typ": "tid", "val": TENANT}]),
        header(claims=[{"typ": "oid", "val": OID}, {"typ": "oid", "val": str(uuid4())}, {"typ": "tid", "val": TENANT}]),
        header(claims=[{"typ": "oid", "val": OID}, {"typ": "tid", "val": str(uuid4())}]),
        header(claims=[{"typ": "oid", "val": OID}, {"typ": "tid", "val": TENANT}, {"typ": "idtyp", "val": "app"}]),
        header(claims=[{"typ": "oid", "val": OID}, {"typ": "tid", "val": TENANT}, {"typ": "appid", "val": str(uuid4())}]),
        header(claims=[{"typ": "oid", "val": OID}, {"typ": "tid", "val": TENANT}, {"typ": "azp", "val": str(uuid4())}, {"typ": "roles", "val": "Agent"}]),
        header(claims=[5]), header(claims=[{"typ": "oid"}]), base64.b64encode(b"[" * 9000).decode(), header() * 300,
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UnauthorizedError):
        read_client_principal(text, {TENANT})


@pytest.mark.parametrize(
    "more",
    [
        {"idtyp": "user"},
        {"appid": str(uuid4()), f"{LONG}scope": "Acs.Token"},
        {"azp": str(uuid4()), "scp": "Acs.Token"},
    ],
    ids=["by name", "an access token of version 1", "an access token of version 2"],
)
def test_what_the_header_says_of_a_user_is_accepted(more: dict[str, str]) -> None:
    values = {"oid": OID, "tid": TENANT} | more
    claims = [{"typ": name, "val": value} for name, value in values.items()]

    assert read_client_principal(header(claims=claims), {TENANT}) == (
        EntraUser(TENANT, OID),
        frozenset(),
    )


@pytest.mark.parametrize(("spare", "accepted"), [(0, True), (-4, False)])
def test_a_header_has_16384_characters_at_most(*, spare: int, accepted: bool) -> None:
    claims = [{"typ": "oid", "val": OID}, {"typ": "tid", "val": TENANT}, {"typ": "x", "val": ""}]
    wanted = (16 * 1024 - spare) // 4 * 3
    claims[2]["val"] = "x" * (wanted - len(base64.b64decode(header(claims=claims))))
    text = header(claims=claims)
    assert len(text) == 16 * 1024 - spare

    if accepted:
        assert read_client_principal(text, {TENANT})
        return
    with pytest.raises(UnauthorizedError):
        read_client_principal(text, {TENANT})
