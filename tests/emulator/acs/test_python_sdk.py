"""Microsoft's unmodified Python SDK against the emulator: every operation, four clients."""

import inspect
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from azure.communication.identity import CommunicationIdentityClient, CommunicationUserIdentifier
from azure.communication.identity.aio import CommunicationIdentityClient as AsyncClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)

from tests.serving import Emulator

OTHER = "11111111-2222-3333-4444-555555555555"


class Sdk:
    """The sync and the async client behind the same methods."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def __call__(self, operation: str, *arguments: object, **options: object) -> Any:
        result = getattr(self._client, operation)(*arguments, **options)
        return await result if inspect.isawaitable(result) else result


def connect(emulator: Emulator, way: str, key: str) -> Any:
    client = AsyncClient if way.startswith("async") else CommunicationIdentityClient
    if way.endswith("http"):
        return client(emulator.url, AzureKeyCredential(key))
    string = emulator.tls_connection_string.replace(emulator.access_key, key)
    return client.from_connection_string(string, connection_verify=str(emulator.authority))


WAYS = ["sync over http", "sync over TLS", "async over http", "async over TLS"]


@pytest.fixture(params=[way.replace("over ", "") for way in WAYS], ids=WAYS)
async def sdk(
    request: pytest.FixtureRequest, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sdk]:
    # requests prefers these variables to the parameter of the client.
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    client = connect(emulator, request.param, emulator.access_key)
    yield Sdk(client)
    if isinstance(client, AsyncClient):  # the sync client has no public way to close it
        await client.close()


async def test_an_identity_gets_tokens_until_it_is_deleted(sdk: Sdk, emulator: Emulator) -> None:
    user = await sdk("create_user")
    first = await sdk("get_token", user, ["chat", "voip"])
    second = await sdk("get_token", user, ["voip.join"])

    assert emulator.examine(first.token)["valid"]
    assert emulator.examine(second.token)["valid"]

    await sdk("revoke_tokens", user)
    third = await sdk("get_token", user, ["voip"])

    assert emulator.examine(first.token)["revoked"]
    assert emulator.examine(third.token)["valid"]

    await sdk("delete_user", user)

    assert emulator.examine(third.token)["revoked"]
    with pytest.raises(ResourceNotFoundError, match="Provided identity doesn't exist"):
        await sdk("get_token", user, ["voip"])
    with pytest.raises(ResourceNotFoundError):
        await sdk("delete_user", user)


async def test_an_identity_is_created_with_a_token(sdk: Sdk, emulator: Emulator) -> None:
    user, issued = await sdk("create_user_and_token", ["voip"])

    assert user.raw_id.startswith("8:acs:")
    assert emulator.examine(issued.token)["valid"]


@pytest.mark.parametrize("hours", [1, 24])
async def test_a_token_has_the_requested_lifetime(sdk: Sdk, hours: int) -> None:
    before = datetime.now(UTC)
    _, issued = await sdk(
        "create_user_and_token", ["voip"], token_expires_in=timedelta(hours=hours)
    )

    lifetime = datetime.fromisoformat(issued.expires_on) - before

    assert timedelta() <= lifetime - timedelta(hours=hours) < timedelta(minutes=1)


@pytest.mark.parametrize("minutes", [59, 1441])
async def test_a_lifetime_out_of_bounds_is_refused(sdk: Sdk, minutes: int) -> None:
    user = await sdk("create_user")

    with pytest.raises(HttpResponseError, match=rf"value {minutes} is invalid.*\[60, 1440\]"):
        await sdk("get_token", user, ["voip"], token_expires_in=timedelta(minutes=minutes))


async def test_no_scopes_are_refused(sdk: Sdk) -> None:
    user = await sdk("create_user")

    with pytest.raises(HttpResponseError, match="The Scopes field is required"):
        await sdk("get_token", user, None)
    with pytest.raises(HttpResponseError, match="Invalid scopes - Scopes field is required"):
        await sdk("get_token", user, [])


@pytest.mark.parametrize("operation", ["get_token", "revoke_tokens", "delete_user"])
async def test_another_resources_identity_is_refused(sdk: Sdk, operation: str) -> None:
    stranger = CommunicationUserIdentifier(f"8:acs:{uuid4()}_{uuid4()}")
    arguments = (["voip"],) if operation == "get_token" else ()

    with pytest.raises(ClientAuthenticationError, match="doesn't belong to the resource") as caught:
        await sdk(operation, stranger, *arguments)

    assert caught.value.error
    assert caught.value.error.code == "IdentityNotOwned"


async def test_an_id_that_is_escaped_on_the_wire_passes_authentication(sdk: Sdk) -> None:
    # Sync signs the escaped path, async the decoded one.
    odd = CommunicationUserIdentifier("8:acs:with space, slash / and umlaut ü")

    with pytest.raises(ClientAuthenticationError) as caught:
        await sdk("revoke_tokens", odd)

    assert caught.value.error
    assert caught.value.error.code == "IdentityNotOwned"


async def test_a_teams_token_is_exchanged(sdk: Sdk, emulator: Emulator) -> None:
    entra = emulator.call("POST", "/emulator/teams-token").json

    issued = await sdk("get_token_for_teams_user", entra["token"], entra["appId"], entra["oid"])

    assert emulator.examine(issued.token)["valid"]
    assert issued.expires_on[:19] == entra["expiresOn"][:19]


@pytest.mark.parametrize(
    ("changed", "status", "message"),
    [
        ({"token": ""}, 401, "Provided access token is not valid."),
        ({"token": "garbage"}, 401, "Provided access token is not valid."),
        ({"appId": ""}, 400, "The AppId field is required."),
        ({"oid": ""}, 400, "The UserId field is required."),
        ({"appId": "no guid"}, 400, "Provided AppId has invalid format."),
        ({"oid": "no guid"}, 400, "Provided UserId has invalid format."),
        ({"appId": OTHER}, 400, "AAD application is not the expected one."),
        ({"oid": OTHER}, 400, "Provided AAD token issued for unexpected user."),
    ],
    ids=str,
)
async def test_a_teams_token_of_another_user_or_client_is_refused(
    sdk: Sdk, emulator: Emulator, changed: dict[str, str], status: int, message: str
) -> None:
    entra = emulator.call("POST", "/emulator/teams-token").json | changed

    with pytest.raises(HttpResponseError, match=message) as caught:
        await sdk("get_token_for_teams_user", entra["token"], entra["appId"], entra["oid"])

    assert caught.value.status_code == status


@pytest.mark.parametrize("way", [way.replace("over ", "") for way in WAYS])
async def test_a_wrong_key_is_denied(
    emulator: Emulator, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    client = connect(emulator, way, "d3Jvbmcga2V5")

    with pytest.raises(ClientAuthenticationError, match="Denied by the resource provider"):
        await Sdk(client)("create_user")

    if way.startswith("async"):
        await client.close()
