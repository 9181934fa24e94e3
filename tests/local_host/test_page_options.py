"""What the local page says of the settings."""

import pytest

from local_host.page_options import GUEST, NO_SIGN_IN, NO_STORE, SIGNED_IN, WRONG, page_options
from tests.keys import random_key

MINIMUM = {
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    "ACS_ENDPOINT": "https://my-resource.unitedstates.communication.azure.com",
}
STORE = {"IDENTITY_SQLITE": "identities.db"}
HOSTS_ACCOUNT = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}
PROVIDER = {"OIDC_ISSUER": "https://login.example/", "OIDC_AUDIENCE": "the-api,other"}
ENTRA = {
    "ENTRA_TENANT_IDS": "c0450000-0000-4000-8000-000000000001",
    "ENTRA_CLIENT_ID": "acc50000-0000-4000-8000-000000000005",
}
KEYS = {"GUEST_HANDLE_KEYS": f"a:{random_key('handles')}"}


def about(**variables: str) -> dict[str, str]:
    return page_options(MINIMUM | variables).about


def test_without_settings_it_says_what_to_set() -> None:
    texts = about()

    assert texts["backend"].endswith(NO_STORE)
    assert texts["guest"] == GUEST["off"]
    assert texts["me"] == NO_SIGN_IN


def test_with_an_identity_store_there_are_bans() -> None:
    assert NO_STORE not in about(**STORE)["backend"]


def test_the_account_of_the_host_is_a_store_where_the_service_uses_it() -> None:
    assert about(**HOSTS_ACCOUNT)["backend"].endswith(NO_STORE)
    assert NO_STORE not in about(**HOSTS_ACCOUNT, **ENTRA)["backend"]


@pytest.mark.parametrize("guests", ["off", "on", "invited"])
def test_guests_learn_whether_they_need_an_invitation(guests: str) -> None:
    assert about(**STORE, **KEYS, GUESTS=guests)["guest"] == GUEST[guests]


@pytest.mark.parametrize("variables", [ENTRA, PROVIDER], ids=["entra", "another provider"])
def test_people_can_sign_in(variables: dict[str, str]) -> None:
    assert about(**STORE, **variables)["me"] == SIGNED_IN


def test_a_wrong_setting_is_left_to_the_service() -> None:
    assert set(about(GUESTS="yes").values()) == {WRONG}


def test_the_client_id_is_the_first_audience_unless_it_is_set() -> None:
    second = {
        "OIDC_ISSUER_3": "https://login.example/two",
        "OIDC_AUDIENCE_3": "acs-tokens",
    }

    providers = page_options(
        MINIMUM | STORE | PROVIDER | second | {"OIDC_CLIENT_ID_3": "page"}
    ).providers

    assert [(each.client_id, each.audience) for each in providers] == [
        ("the-api", None),
        ("page", "acs-tokens"),
    ]
    assert [each.name for each in providers] == ["login.example", "login.example/two"]
