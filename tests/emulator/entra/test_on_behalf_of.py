"""Entra's on-behalf-of grant: which tokens it accepts, and what ACS does with the new token."""

import time
from uuid import uuid4

import pytest

from tests.emulator.acs.client import send
from tests.emulator.entra.client import (
    ALICE,
    OBO,
    SECRET,
    TEAMS,
    client_credentials,
    error,
    for_client,
    password,
    token,
    unsigned,
)
from tests.raw_http import Reply
from tests.serving import Emulator
from tests.tokens import claims_of


def on_behalf(emulator: Emulator, client: str, assertion: str, /, **form: str) -> Reply:
    sent = {
        "client_id": client,
        "client_secret": SECRET,
        "assertion": assertion,
        "requested_token_use": "on_behalf_of",
        "scope": f"{TEAMS}/.default",
    } | form
    form = {name: value for name, value in sent.items() if value}
    return token(emulator, "organizations", grant_type=OBO, **form)


def test_a_token_on_behalf_of_alice_is_exchanged_by_acs(emulator: Emulator) -> None:
    client = str(uuid4())

    issued = on_behalf(emulator, client, for_client(emulator, client)).json["access_token"]
    body = {"token": issued, "appId": client, "userId": ALICE}
    exchanged = send(emulator, "POST", "/teamsUser/:exchangeAccessToken", body)

    assert (claims_of(issued)["appid"], claims_of(issued)["oid"]) == (client, ALICE)
    assert exchanged.status == 200
    assert emulator.examine(exchanged.json["token"])["valid"]
    assert claims_of(exchanged.json["token"])["skypeid"] == f"orgid:{ALICE}"


def test_v1_assertions_are_accepted_too(own_emulator: Emulator) -> None:
    client = str(uuid4())
    own_emulator.call("POST", "/emulator/entra/token-version", {"version": 1})

    assert on_behalf(own_emulator, client, for_client(own_emulator, client)).status == 200


def test_mia_requires_interaction(emulator: Emulator) -> None:
    client = str(uuid4())
    assertion = for_client(emulator, client, "mia@contoso.example")

    reply = on_behalf(emulator, client, assertion)

    assert error(reply) == (400, "interaction_required", 50076)
    assert reply.json["suberror"] == "basic_action"
    assert "capolids" in reply.json["claims"]


def assertions(emulator: Emulator, client: str) -> dict[str, tuple[str, int]]:
    """Invalid assertions for a client, each with the code of its error."""
    app = client_credentials(emulator, scope=f"api://{client}/.default").json["access_token"]
    signed_in = password(emulator, "alice@contoso.example", client, "openid")["id_token"]
    stranger = emulator.call("POST", "/emulator/teams-token", {"audience": client}).json["token"]
    return {
        "garbage": ("garbage", 50013),
        "unsigned": (unsigned({"aud": client, "exp": time.time() + 60}), 50013),
        "other": (for_client(emulator, str(uuid4())), 500131),
        "app": (app, 7000114),
        "id token": (signed_in, 7000114),
        "stranger": (stranger, 50034),
    }


@pytest.mark.parametrize("kind", ["garbage", "unsigned", "other", "app", "id token", "stranger"])
def test_an_invalid_assertion_is_refused(emulator: Emulator, kind: str) -> None:
    client = str(uuid4())
    assertion, code = assertions(emulator, client)[kind]

    assert error(on_behalf(emulator, client, assertion)) == (400, "invalid_grant", code)


def test_an_assertion_expires(own_emulator: Emulator) -> None:
    client = str(uuid4())
    assertion = for_client(own_emulator, client)
    own_emulator.clock.ahead = 3601

    assert error(on_behalf(own_emulator, client, assertion))[2] == 500133


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"client_secret": ""}, (401, "invalid_client", 7000218)),
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"assertion": ""}, (400, "invalid_request", 900144)),
        ({"requested_token_use": ""}, (400, "invalid_request", 900144)),
        ({"requested_token_use": "else"}, (400, "invalid_request", 70003)),
        ({"scope": ""}, (400, "invalid_request", 900144)),
        ({"client_id": "x"}, (400, "unauthorized_client", 700016)),
    ],
)
def test_on_behalf_of_requires_all_its_parameters(
    emulator: Emulator, changed: dict[str, str], expected: tuple[int, str, int]
) -> None:
    client = str(uuid4())

    reply = on_behalf(emulator, client, for_client(emulator, client), **changed)

    assert error(reply) == expected
