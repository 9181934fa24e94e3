"""Entra's refresh tokens: each is valid once, for one user and one client, for a day."""

from uuid import uuid4

import pytest

from tests.emulator.entra.client import (
    ALICE,
    FABRIKAM,
    SECRET,
    TEAMS,
    error,
    password,
    token,
)
from tests.raw_http import Reply
from tests.serving import Emulator
from tests.tokens import claims_of


class Refresh:
    """A client with a refresh token."""

    def __init__(self, emulator: Emulator, user: str = "alice", **credential: str) -> None:
        self.emulator, self.client, self.credential = emulator, str(uuid4()), credential
        scope = f"offline_access openid api://{self.client}/Acs.Token"
        issued = password(emulator, f"{user}@contoso.example", self.client, scope, **credential)
        self.token = issued["refresh_token"]

    def __call__(self, tenant: str = "organizations", **changed: str) -> Reply:
        form = {"client_id": self.client, "refresh_token": self.token} | self.credential | changed
        sent = {name: value for name, value in form.items() if value}
        return token(self.emulator, tenant, grant_type="refresh_token", **sent)


def test_a_refresh_gives_the_same_tokens_and_the_next_refresh_token(emulator: Emulator) -> None:
    refresh = Refresh(emulator)

    issued = refresh().json
    used = refresh()
    refresh.token = issued["refresh_token"]
    again = refresh(scope=f"{TEAMS}/.default").json

    claims = claims_of(issued["access_token"])
    assert (claims["oid"], claims["aud"], claims["scp"]) == (ALICE, refresh.client, "Acs.Token")
    assert claims_of(issued["id_token"])["oid"] == ALICE
    assert error(used) == (400, "invalid_grant", 70000)
    assert claims_of(again["access_token"])["aud"] == TEAMS
    assert "refresh_token" in again


@pytest.mark.parametrize(
    ("tenant", "changed", "code"),
    [
        ("organizations", {"client_id": str(uuid4())}, 70000),
        ("organizations", {"refresh_token": "made up"}, 70000),
        ("organizations", {"refresh_token": ""}, 900144),
        ("organizations", {"scope": "https://unknown.example/x"}, 500011),
        (FABRIKAM, {}, 50020),
    ],
)
def test_a_refresh_that_does_not_match_is_refused(
    emulator: Emulator, tenant: str, changed: dict[str, str], code: int
) -> None:
    refresh = Refresh(emulator)

    assert error(refresh(tenant, **changed))[2] == code
    assert refresh().status == 200  # a wrong try does no harm


def test_a_refresh_token_expires(own_emulator: Emulator) -> None:
    refresh = Refresh(own_emulator)
    own_emulator.clock.ahead = 24 * 3600 + 1

    assert error(refresh()) == (400, "invalid_grant", 700082)


def test_mias_tokens_are_not_renewed_without_a_page(emulator: Emulator) -> None:
    refresh = Refresh(emulator, "mia")

    refused = refresh()

    assert error(refused) == (400, "interaction_required", 50076)
    assert "capolids" in refused.json["claims"]
    assert error(refresh()) == error(refused)  # the refresh token was not used up


def test_a_confidential_clients_refresh_requires_its_secret(emulator: Emulator) -> None:
    refresh = Refresh(emulator, client_secret=SECRET)

    assert error(refresh(client_secret="")) == (401, "invalid_client", 7000218)
    assert refresh().status == 200


def test_a_reset_deletes_refresh_tokens_and_keeps_keys(own_emulator: Emulator) -> None:
    refresh = Refresh(own_emulator)
    keys = own_emulator.call("GET", "/common/discovery/v2.0/keys").json

    own_emulator.call("POST", "/emulator/reset")

    assert error(refresh())[2] == 70000
    assert own_emulator.call("GET", "/common/discovery/v2.0/keys").json == keys
