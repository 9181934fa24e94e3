"""The environment variables that the local host sets for the app."""

import os
from pathlib import Path

import pytest

from local_host.environment import set_environment
from local_host.settings import LocalSettings
from tests.serving import environment


def environment_after(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], **variables: str
) -> dict[str, str]:
    """Set the environment from these values of local.settings.json; return it."""
    monkeypatch.setattr(os, "environ", environment(**variables))
    set_environment(
        LocalSettings(Path("local.settings.json"), values, 7071, (), cors_credentials=False)
    )
    return dict(os.environ)


def test_a_variable_that_is_set_keeps_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"GUESTS": "on", "GUEST_SCOPES": "voip"}

    after = environment_after(monkeypatch, values, GUESTS="off", GUEST_SCOPES="")

    assert (after["GUESTS"], after["GUEST_SCOPES"]) == ("off", "voip")


@pytest.mark.parametrize("values", [{}, {"GUEST_HANDLE_KEYS": ""}], ids=["not set", "empty"])
def test_a_key_for_guest_handles_is_made_up_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> None:
    keys = {
        environment_after(monkeypatch, values, GUEST_HANDLE_KEYS="")["GUEST_HANDLE_KEYS"]
        for _ in range(2)
    }

    assert len(keys) == 2
    assert all(key.startswith("local:") for key in keys)
