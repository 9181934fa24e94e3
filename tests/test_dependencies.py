"""What a process makes only where it is needed."""

import pytest

from acs_tokens.dependencies.backends import sweeper
from acs_tokens.dependencies.shared import service
from acs_tokens.settings import settings
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
