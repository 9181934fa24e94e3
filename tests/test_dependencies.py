"""What a process makes only where it is needed."""

import pytest

from acs_tokens.dependencies.backends import sweeper
from acs_tokens.dependencies.shared import open_identity_store, service
from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings import settings
from acs_tokens.settings.identity_store import IdentityStoreSettings
from tests.keys import KEY


async def test_where_nothing_is_noted_the_storage_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_FUNCTIONS_ENVIRONMENT", "Development")
    monkeypatch.setenv("ACS_CONNECTION_STRING", f"endpoint=http://127.0.0.1:1/;accesskey={KEY}")
    monkeypatch.setenv("AzureWebJobsStorage", "UseDevelopmentStorage=true")  # nobody is there
    cached = (settings, service, sweeper)
    for each in cached:
        each.cache_clear()

    assert await sweeper().sweep() == 0

    await service().aclose()
    for each in cached:
        each.cache_clear()


@pytest.mark.parametrize(
    "variables",
    [
        {"AZURE_TOKEN_CREDENTIALS": "sesame"},
        {
            "AZURE_TENANT_ID": "x",
            "AZURE_CLIENT_ID": "x",
            "AZURE_CLIENT_CERTIFICATE_PATH": "/sesame",
        },
    ],
)
async def test_a_store_with_wrong_variables_for_entra_is_misconfigured(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    place = IdentityStoreSettings(endpoint="https://account.table.core.windows.net", prefix="tests")

    with pytest.raises(MisconfiguredError, match="AZURE_… variables") as caught:
        open_identity_store(place, "https://my-resource.communication.azure.com")
    assert "sesame" not in str(caught.value)
