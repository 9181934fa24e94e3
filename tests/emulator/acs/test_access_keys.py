"""The two access keys: each is regenerated while clients use the other."""

from typing import Any

import pytest
from azure.communication.identity import CommunicationIdentityClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError

from acs_emulator.__main__ import main
from acs_emulator.defaults import ACCESS_KEY_2, IDENTITY_HEADER
from tests.programs import exit_status
from tests.raw_http import call
from tests.serving import Emulator, running_program

NAMES = ["primary", "secondary"]


def client(emulator: Emulator, key: str) -> CommunicationIdentityClient:
    return CommunicationIdentityClient(emulator.url, AzureKeyCredential(key))


def key_of(emulator: Emulator, name: str) -> str:
    return {"primary": emulator.access_key, "secondary": ACCESS_KEY_2}[name]


def regenerate(emulator: Emulator, name: str) -> str:
    """Regenerate a key; return the new connection string."""
    reply = emulator.call("POST", "/emulator/rotate-key", {"key": name})
    assert reply.status == 200
    assert list(reply.json) == ["connectionString"]
    string: str = reply.json["connectionString"]
    return string


@pytest.mark.parametrize("name", NAMES)
def test_both_keys_are_valid(own_emulator: Emulator, name: str) -> None:
    user = client(own_emulator, key_of(own_emulator, name)).create_user()

    client(own_emulator, own_emulator.access_key).delete_user(user)


@pytest.mark.parametrize("name", NAMES)
def test_a_regenerated_key_is_refused_and_the_other_and_the_new_one_are_valid(
    own_emulator: Emulator, name: str
) -> None:
    old = client(own_emulator, key_of(own_emulator, name))
    other = next(key_of(own_emulator, each) for each in NAMES if each != name)
    user = old.create_user()

    string = regenerate(own_emulator, name)

    with pytest.raises(
        ClientAuthenticationError, match="Denied by the resource provider"
    ) as caught:
        old.create_user()
    assert caught.value.status_code == 401
    endpoint, _, key = string.removeprefix("endpoint=").partition("/;accesskey=")
    assert endpoint == own_emulator.url
    client(own_emulator, key).get_token(user, ["voip"])
    client(own_emulator, other).delete_user(user)


def test_the_new_connection_string_has_the_address_of_the_request(
    own_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    string = regenerate(own_emulator, "secondary")
    over_tls = string.replace(own_emulator.url, own_emulator.tls_url)

    sdk = CommunicationIdentityClient.from_connection_string(
        over_tls, connection_verify=str(own_emulator.authority)
    )

    assert sdk.create_user().raw_id.startswith("8:acs:")


@pytest.mark.parametrize("name", NAMES)
def test_tokens_end_with_the_key_that_they_were_issued_with(
    own_emulator: Emulator, name: str
) -> None:
    issued = {}
    for each in NAMES:
        sdk = client(own_emulator, key_of(own_emulator, each))
        user, first = sdk.create_user_and_token(["voip"])
        entra = own_emulator.call("POST", "/emulator/teams-token").json
        exchanged = sdk.get_token_for_teams_user(entra["token"], entra["appId"], entra["oid"])
        issued[each] = [first.token, sdk.get_token(user, ["chat"]).token, exchanged.token]

    regenerate(own_emulator, name)

    for each, tokens in issued.items():
        verdicts = [own_emulator.examine(token) for token in tokens]
        assert all(verdict["genuine"] for verdict in verdicts)
        assert [verdict["revoked"] for verdict in verdicts] == [each == name] * 3


def test_a_token_issued_with_the_new_key_is_valid_and_an_old_one_is_not(
    own_emulator: Emulator,
) -> None:
    user, old = client(own_emulator, own_emulator.access_key).create_user_and_token(["voip"])

    key = regenerate(own_emulator, "primary").partition("accesskey=")[2]
    new = client(own_emulator, key).get_token(user, ["voip"])  # perhaps in the same second

    assert own_emulator.examine(new.token)["valid"]
    assert own_emulator.examine(old.token)["revoked"]


def test_a_managed_identitys_tokens_outlive_both_keys(own_emulator: Emulator) -> None:
    target = "/identities?api-version=2023-10-01"
    path = "/msi/token?api-version=2019-08-01&resource=https://communication.azure.com/"
    signed_in = call(own_emulator.url, "GET", path, headers={"X-IDENTITY-HEADER": IDENTITY_HEADER})
    credential = {"Authorization": f"Bearer {signed_in.json['access_token']}"}
    body = {"createTokenWithScopes": ["voip"]}
    token = call(own_emulator.url, "POST", target, body, credential).json["accessToken"]["token"]

    for name in NAMES:
        regenerate(own_emulator, name)

    assert own_emulator.examine(token)["valid"]
    assert call(own_emulator.url, "POST", target, body, credential).status == 201


def test_a_reset_does_not_restore_old_keys(own_emulator: Emulator) -> None:
    key = regenerate(own_emulator, "primary").partition("accesskey=")[2]

    own_emulator.call("POST", "/emulator/reset")

    client(own_emulator, key).create_user()
    with pytest.raises(ClientAuthenticationError):
        client(own_emulator, own_emulator.access_key).create_user()


@pytest.mark.parametrize("body", [None, {}, {"key": "tertiary"}, {"key": ["primary"]}, b"{"])
def test_a_rotation_requires_the_name_of_a_key(own_emulator: Emulator, body: Any) -> None:
    assert own_emulator.call("POST", "/emulator/rotate-key", body).status == 400

    client(own_emulator, own_emulator.access_key).create_user()


def test_an_own_secondary_key_is_valid() -> None:
    with running_program("acs_emulator", "--port", "0", "--access-key-2", "bXkga2V5") as program:
        url = program.read_until(r"ACS Identity at (http://127\.0\.0\.1:\d+)\.")[1]

        user = CommunicationIdentityClient(url, AzureKeyCredential("bXkga2V5")).create_user()

    assert user.raw_id.startswith("8:acs:")
    assert "bXkga2V5" not in program.output


def test_two_equal_keys_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(main, "--access-key", "bXkga2V5", "--access-key-2", "bXkga2V5") == 2

    assert "must differ" in capsys.readouterr().err
