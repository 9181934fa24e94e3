"""Bodies, the user id in the path, the client's address, and a wait that ACS asks for."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from acs_tokens.context import ClientKey
from acs_tokens.web.clients import client_keys
from tests.properties import credentials, inputs
from tests.properties.hypothesis_source import HypothesisSource, any_text, few, nearly
from tests.properties.surfaces import check_body, check_client, check_retry_after, check_user_id

models = st.sampled_from(inputs.MODELS)
content_types = any_text | st.sampled_from(
    [inputs.JSON, "APPLICATION/JSON;charset=x", "text/json", ""]
)


@st.composite
def changed(draw: st.DrawFn, text: str) -> str:
    return inputs.changed_text(HypothesisSource(draw), text)


@few
@given(st.binary(), content_types, models)
def test_any_bytes_of_any_content_type_are_a_body_or_a_4xx_without_an_echo(
    content: bytes, content_type: str, model: type[BaseModel]
) -> None:
    check_body(content, content_type, model)


@few
@given(nearly(inputs.body), models)
def test_any_nearly_valid_json_is_a_body_as_it_says_or_a_4xx_without_an_echo(
    content: bytes, model: type[BaseModel]
) -> None:
    check_body(content, inputs.JSON, model)


@few
@given(
    any_text | changed(credentials.USER_ID) | changed(f"{credentials.USER_ID}_{credentials.OID}")
)
def test_any_text_in_the_path_is_an_acs_id_or_a_400_without_an_echo(text: str) -> None:
    check_user_id(text)


def test_an_acs_id_in_the_path_is_taken() -> None:
    assert check_user_id(credentials.USER_ID)


@few
@given(
    any_text | changed("10.0.0.1:443") | changed("[2001:db8::1]:443") | changed("::ffff:10.0.0.1")
)
def test_any_client_is_an_address_a_network_or_unknown(address: str) -> None:
    check_client(address)


@few
@given(st.ip_addresses(v=4), st.integers(0, 65535))
def test_a_client_is_the_same_with_and_without_a_port(address: IPv4Address, port: int) -> None:
    with_port = client_keys(f"{address}:{port}")
    assert client_keys(str(address)) == with_port == (ClientKey(str(address)),)


@few
@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1), st.integers(0, 65535))
def test_all_addresses_of_a_household_are_one_client(
    address: IPv6Address, host: int, port: int
) -> None:
    household = IPv6Network((address, 64), strict=False)
    neighbour = household[host]
    mapped = address.ipv4_mapped or neighbour.ipv4_mapped

    assert mapped or client_keys(str(address)) == client_keys(f"[{neighbour}]:{port}")


@few
@given(any_text | st.integers().map(str) | changed("120") | st.floats().map(str))
def test_any_retry_after_is_1_to_60_seconds_or_none(text: str) -> None:
    check_retry_after(text)


@few
@given(st.integers(0, 10**9 - 1))
def test_a_plain_number_is_kept_within_1_to_60_seconds(number: int) -> None:
    assert check_retry_after(str(number)) == min(max(number, 1), 60)
