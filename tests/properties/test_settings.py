"""The connection string, and endpoint and key in two."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs_tokens.settings import Settings
from acs_tokens.settings.acs import ACCESS_KEY, CONNECTION_STRING, ENDPOINT
from tests.keys import DEVELOPMENT
from tests.properties import inputs
from tests.properties.hypothesis_source import any_text, few, nearly
from tests.properties.surfaces import check_settings

strings = any_text | nearly(inputs.connection_string)
endpoints = any_text | nearly(inputs.endpoint)
keys = any_text | st.binary().map(lambda key: b64encode(key).decode()) | st.just(inputs.KEY)
places: st.SearchStrategy[dict[str, str]] = st.sampled_from([{}, DEVELOPMENT])
labels = st.text("abcxyz0123456789-", min_size=1, max_size=63).map(
    lambda name: name.strip("-") or "x"
)


@few
@given(strings, st.sampled_from(CONNECTION_STRING), places)
def test_any_connection_string_is_taken_or_refused_by_its_settings_name_without_an_echo(
    text: str, name: str, place: dict[str, str]
) -> None:
    check_settings({name: text, **place})


@few
@given(endpoints, keys, st.sampled_from(ENDPOINT), st.sampled_from(ACCESS_KEY), places)
def test_any_endpoint_and_key_are_taken_or_refused_by_their_settings_name_without_an_echo(
    endpoint: str, key: str, endpoint_name: str, key_name: str, place: dict[str, str]
) -> None:
    check_settings({endpoint_name: endpoint, key_name: key, **place})


@few
@given(labels, st.binary(min_size=32), st.sampled_from(["", "/"]), places)
def test_a_valid_connection_string_gives_back_its_endpoint_and_its_key(
    name: str, key: bytes, slash: str, place: dict[str, str]
) -> None:
    endpoint, encoded = f"https://{name}.communication.azure.com", b64encode(key).decode()
    string = f"endpoint={endpoint}{slash};accesskey={encoded}"

    acs = Settings.from_environ({"ACS_CONNECTION_STRING": string, **place}).acs

    assert acs.endpoint == endpoint
    assert [key.get_secret_value() for key in acs.access_keys] == [encoded]


@pytest.mark.parametrize("host", ["localhost:7072", "127.0.0.1:7072", "[::1]:7072"])
def test_near_valid_input_includes_what_is_taken(host: str) -> None:
    variables = {"ACS_ENDPOINT": f"http://{host}", "ACS_ACCESS_KEY": inputs.KEY}

    assert check_settings(variables | DEVELOPMENT)
    assert not check_settings(variables)
