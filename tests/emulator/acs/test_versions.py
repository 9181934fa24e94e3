"""The differences between the api-versions."""

import pytest

from tests.emulator.acs.client import new_identity, send
from tests.serving import Emulator

VERSIONS = [
    "2021-03-07",
    "2021-10-31-preview",
    "2022-06-01",
    "2022-10-01",
    "2023-10-01",
    "2025-03-02-preview",
    "2025-06-30",
    "2026-09-23",
]


@pytest.mark.parametrize("version", VERSIONS)
def test_identities_exist_in_all_versions(emulator: Emulator, version: str) -> None:
    created = send(
        emulator, "POST", "/identities", {"createTokenWithScopes": ["voip"]}, version=version
    )
    path = f"/identities/{created.json['identity']['id']}"

    assert emulator.examine(created.json["accessToken"]["token"])["valid"]
    assert send(emulator, "DELETE", path, version=version).status == 204


@pytest.mark.parametrize("version", ["2020-07-20-preview2", "2019-01-01", "latest"])
def test_an_unknown_version_is_refused(emulator: Emulator, version: str) -> None:
    reply = send(emulator, "POST", "/identities", version=version)

    assert (reply.status, reply.json["error"]["code"]) == (400, "UnsupportedApiVersion")
    assert reply.json["error"]["message"] == (
        f"The HTTP resource that matches the request URI '{emulator.url}/identities' does not"
        f" support the API version '{version}'."
    )


def test_a_missing_version_is_refused(emulator: Emulator) -> None:
    reply = send(emulator, "POST", "/identities", version=None)

    assert (reply.status, reply.json["error"]["code"]) == (400, "ApiVersionUnspecified")


def test_older_versions_ignore_lifetimes(emulator: Emulator) -> None:
    path = f"/identities/{new_identity(emulator)}/:issueAccessToken"
    body = {"scopes": ["voip"], "expiresInMinutes": 5}

    assert send(emulator, "POST", path, body, version="2022-06-01").status == 200
    assert send(emulator, "POST", path, body, version="2022-10-01").status == 400


def test_older_versions_refuse_join_scopes(emulator: Emulator) -> None:
    path = f"/identities/{new_identity(emulator)}/:issueAccessToken"
    body = {"scopes": ["voip.join", "chat.join", "chat.join.limited"]}

    assert send(emulator, "POST", path, body, version="2022-10-01").status == 400
    assert send(emulator, "POST", path, body, version="2023-10-01").status == 200


def test_the_first_version_of_the_exchange_requires_the_token_only(emulator: Emulator) -> None:
    path = "/teamsUser/:exchangeAccessToken"
    body = {"token": emulator.call("POST", "/emulator/teams-token").json["token"]}

    assert send(emulator, "POST", path, body, version="2021-03-07").status == 400
    assert send(emulator, "POST", path, body, version="2021-10-31-preview").status == 200
    assert send(emulator, "POST", path, body, version="2022-06-01").status == 400
