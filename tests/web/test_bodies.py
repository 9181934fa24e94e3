"""Request bodies: strict, and no echo."""

import pytest

from acs_tokens.models.requests import NoBody, TeamsTokenRequest, TokenRequest
from acs_tokens.problems import (
    BodyTooLargeError,
    InvalidRequestError,
    Problem,
    UnsupportedMediaTypeError,
)
from acs_tokens.web.bodies import MAX_BODY_BYTES, parse_body

JSON = "application/json"


@pytest.mark.parametrize("content", [b"", b" \n", b"{}"])
@pytest.mark.parametrize("content_type", [JSON, "Application/JSON; charset=utf-8"])
def test_an_empty_body_has_the_defaults(content: bytes, content_type: str) -> None:
    assert parse_body(content, content_type, TokenRequest) == TokenRequest()


@pytest.mark.parametrize("content_type", ["", "application/x-www-form-urlencoded"])
def test_an_empty_body_needs_no_content_type(content_type: str) -> None:
    assert parse_body(b"", content_type, NoBody) == NoBody()


@pytest.mark.parametrize(
    ("content", "content_type", "expected", "detail"),
    [
        (b"{}", "", UnsupportedMediaTypeError, "Content-Type: application/json"),
        (b"{}", "text/plain", UnsupportedMediaTypeError, "Content-Type: application/json"),
        (b"{}", "application/json,text/plain", UnsupportedMediaTypeError, "Content-Type"),
        (b" " * (MAX_BODY_BYTES + 1), JSON, BodyTooLargeError, "8192 bytes at most"),
        (b"{", JSON, InvalidRequestError, "not valid JSON"),
        (b"\xff\xfe", JSON, InvalidRequestError, "not valid JSON"),
        (b"\x0c", JSON, InvalidRequestError, "not valid JSON"),
        (b" \x0b\n", JSON, InvalidRequestError, "not valid JSON"),
        (b'\xef\xbb\xbf{"scopes":["voip"]}', JSON, InvalidRequestError, "not valid JSON"),
        (b"[" * MAX_BODY_BYTES, JSON, InvalidRequestError, "not valid JSON"),
        (b'{"expiresInMinutes":' + b"9" * 5000 + b"}", JSON, InvalidRequestError, "not valid JSON"),
        (b'{"expiresInMinutes":NaN}', JSON, InvalidRequestError, "NaN"),
        (b'{"expiresInMinutes":-Infinity}', JSON, InvalidRequestError, "Infinity"),
        (b'{"scopes":["chat"],"scopes":["voip"]}', JSON, InvalidRequestError, "twice"),
        (b"[]", JSON, InvalidRequestError, "must be a JSON object"),
        (b"null", JSON, InvalidRequestError, "must be a JSON object"),
        (b'"voip"', JSON, InvalidRequestError, "must be a JSON object"),
        (b'{"scopes":["sesame"]}', JSON, InvalidRequestError, "scopes.0: Input should be 'chat'"),
        (b'{"scopes":[]}', JSON, InvalidRequestError, "scopes: List should have at least 1 item"),
        (b'{"expiresInMinutes":5}', JSON, InvalidRequestError, "greater than or equal to 60"),
        (b'{"expiresInMinutes":1e999}', JSON, InvalidRequestError, "valid integer"),
        (b'{"sesame":1}', JSON, InvalidRequestError, "It takes scopes, expiresInMinutes."),
        (b'{"\\ud800":1}', JSON, InvalidRequestError, "The body has an unknown field."),
        (b'{"expires_in_minutes":60}', JSON, InvalidRequestError, "unknown field"),
    ],
)
def test_the_error_for_a_wrong_body_says_what_to_do_and_repeats_nothing(
    content: bytes, content_type: str, expected: type[Problem], detail: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_body(content, content_type, TokenRequest)

    assert type(caught.value) is expected
    assert detail in (caught.value.detail or "")
    assert "sesame" not in str(caught.value)


def test_a_route_without_body_says_so() -> None:
    with pytest.raises(InvalidRequestError, match=r"unknown field\. It takes none\."):
        parse_body(b'{"scopes":["voip"]}', JSON, NoBody)


def test_missing_fields_are_named() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_body(b"", "", TeamsTokenRequest)

    assert caught.value.detail == (
        "clientId: Field required. token: Field required. userObjectId: Field required."
    )


@pytest.mark.parametrize("token", ["", " ", "a b", "é", "\\ud800", "\\n"])
def test_a_token_is_printable_ascii(token: str) -> None:
    guid = "123e4567-e89b-12d3-a456-426614174000"
    content = f'{{"token":"{token}","clientId":"{guid}","userObjectId":"{guid}"}}'

    with pytest.raises(InvalidRequestError, match="token: "):
        parse_body(content.encode(), JSON, TeamsTokenRequest)
