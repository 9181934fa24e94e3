"""Bearer tokens: the App Service managed-identity protocol, through azure-identity."""

import pytest
from azure.communication.identity import CommunicationIdentityClient
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential

from acs_emulator.defaults import IDENTITY_HEADER
from tests.raw_http import Reply, call
from tests.serving import Emulator

MSI = "/msi/token?api-version=2019-08-01&resource=https://communication.azure.com/"
CREATE = "/identities?api-version=2023-10-01"


def get_token(emulator: Emulator, path: str = MSI, header: str = IDENTITY_HEADER) -> Reply:
    return call(emulator.url, "GET", path, headers={"X-IDENTITY-HEADER": header})


def create(emulator: Emulator, token: str) -> Reply:
    return call(emulator.url, "POST", CREATE, headers={"Authorization": f"Bearer {token}"})


def test_the_default_credential_signs_in(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{emulator.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    with DefaultAzureCredential() as credential:
        client = CommunicationIdentityClient(
            emulator.tls_url, credential, connection_verify=str(emulator.authority)
        )

        user, issued = client.create_user_and_token(["voip"])

    assert user.raw_id.startswith("8:acs:")
    assert emulator.examine(issued.token)["valid"]


def test_the_response_is_that_of_app_service(emulator: Emulator) -> None:
    response = get_token(emulator).json

    assert response["token_type"] == "Bearer"
    assert response["resource"] == "https://communication.azure.com/"
    assert response["expires_on"].isdigit()
    assert create(emulator, response["access_token"]).status == 201


@pytest.mark.parametrize("header", ["", "wrong"])
def test_the_header_is_required(emulator: Emulator, header: str) -> None:
    assert get_token(emulator, header=header).status == 401


@pytest.mark.parametrize("path", ["/msi/token", "/msi/token?api-version=2019-08-01"])
def test_the_resource_is_required(emulator: Emulator, path: str) -> None:
    assert get_token(emulator, path).status == 400


def test_only_its_own_tokens_for_acs_are_accepted(
    emulator: Emulator, own_emulator: Emulator
) -> None:
    good = get_token(emulator).json["access_token"]
    foreign = get_token(own_emulator).json["access_token"]
    elsewhere = get_token(emulator, MSI.replace("communication", "vault")).json["access_token"]
    of_a_user = emulator.call("POST", "/emulator/teams-token").json["token"]
    for_a_user = emulator.call(
        "POST", "/emulator/teams-token", {"audience": "https://communication.azure.com/"}
    ).json["token"]
    cut = good[:-4]

    assert create(emulator, good).status == 201
    for token in (foreign, elsewhere, of_a_user, for_a_user, cut):
        assert create(emulator, token).json["error"]["code"] == "Denied"


def test_a_token_expires(own_emulator: Emulator) -> None:
    token = get_token(own_emulator).json["access_token"]
    own_emulator.clock.ahead = 24 * 3600 + 1

    assert create(own_emulator, token).status == 401


def test_the_sdk_reports_a_denied_bearer_token(
    emulator: Emulator, own_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{own_emulator.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    with DefaultAzureCredential() as credential:
        client = CommunicationIdentityClient(
            emulator.tls_url, credential, connection_verify=str(emulator.authority)
        )

        with pytest.raises(ClientAuthenticationError, match="Denied by the resource provider"):
            client.create_user()
