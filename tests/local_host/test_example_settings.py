"""The example settings beside variables of the environment."""

import pytest

from acs_tokens.settings import Settings
from local_host.example_settings import fitting
from local_host.settings import read_settings_file
from tests.keys import DEVELOPMENT
from tests.serving import ROOT

EXAMPLE = read_settings_file(ROOT / "local.settings.json.example").values
MEETING = {"TEAMS_MEETING_ORGANIZER", "GRAPH_ENDPOINT", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"}
ACCOUNT = "https://account.table.core.windows.net"
TABLES = {"IDENTITY_TABLE_CONNECTION_STRING": "UseDevelopmentStorage=true"}


def test_all_are_used_where_nothing_else_is_set() -> None:
    assert fitting(EXAMPLE, {"ACS_CONNECTION_STRING": "", "PATH": "/bin"}) == EXAMPLE


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"ENTRA_CLIENT_ID": "c" * 8}, id="another application"),
        pytest.param({"ENTRA_AUTHORITY": "https://login.microsoftonline.com"}, id="another Entra"),
        pytest.param({"ACS_ENDPOINT": "https://my.communication.azure.com"}, id="another ACS"),
        pytest.param({"TEAMS_MEETING_URL": "https://teams.example/x"}, id="another meeting"),
        # The app signs in there with Entra; IDENTITY_ENDPOINT would give it the emulator's identity.
        pytest.param({"IDENTITY_TABLE_ENDPOINT": ACCOUNT}, id="a storage account without a key"),
    ],
)
def test_the_emulators_meeting_is_left_out_beside(variables: dict[str, str]) -> None:
    assert not MEETING & fitting(EXAMPLE, variables).keys()


def test_the_emulators_meeting_stays_beside_an_identity_store_with_a_key() -> None:
    values = fitting(EXAMPLE, TABLES)

    assert values == {name: text for name, text in EXAMPLE.items() if name != "IDENTITY_SQLITE"}
    settings = Settings.from_environ(values | TABLES | DEVELOPMENT)
    assert settings.identity_store
    assert settings.identity_store.connection_string
