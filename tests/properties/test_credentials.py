"""Credentials of callers: any text, and valid ones with changes."""

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from tests.properties import credentials, inputs
from tests.properties.hypothesis_source import any_text, few, nearly
from tests.properties.surfaces import check_bearer, check_easyauth, check_handle

on_the_wire = st.binary().map(lambda header: header.decode("latin-1"))
bearers = nearly(
    partial(
        inputs.jwt,
        header=credentials.BEARER_HEADER,
        claims=credentials.BEARER_CLAIMS,
        sign=credentials.rs256,
    )
)
handles = nearly(
    partial(
        inputs.jwt,
        header=credentials.HANDLE_HEADER,
        claims=credentials.HANDLE_CLAIMS,
        sign=credentials.hs256,
    )
)


@few
@given(any_text | on_the_wire)
def test_any_authorization_header_is_a_401(header: str) -> None:
    assert check_bearer(header) is None


@few
@given(bearers)
def test_a_nearly_valid_token_authenticates_its_own_person_or_is_a_401(token: str) -> None:
    check_bearer(f"Bearer {token}")


def test_a_valid_token_authenticates_a_person() -> None:
    token = credentials.token(
        credentials.BEARER_HEADER, credentials.BEARER_CLAIMS, credentials.rs256
    )

    assert check_bearer(f"Bearer {token}")


@few
@given(any_text | on_the_wire)
def test_any_text_as_a_guest_handle_is_a_401(text: str) -> None:
    assert check_handle(text) is None


@few
@given(handles)
def test_any_nearly_valid_handle_names_the_guest_it_was_signed_for_or_is_a_401(text: str) -> None:
    check_handle(text)


def test_a_valid_handle_names_a_guest() -> None:
    token = credentials.token(
        credentials.HANDLE_HEADER, credentials.HANDLE_CLAIMS, credentials.hs256
    )

    assert check_handle(token) == credentials.USER_ID


@few
@given(any_text | on_the_wire)
def test_any_app_service_header_is_a_401(header: str) -> None:
    assert check_easyauth(header) is None


@few
@given(nearly(inputs.easyauth))
def test_any_nearly_valid_app_service_header_names_a_person_of_the_tenant_or_is_a_401(
    header: str,
) -> None:
    check_easyauth(header)


def test_a_valid_app_service_header_names_a_person() -> None:
    assert check_easyauth(credentials.easyauth(credentials.EASYAUTH))
