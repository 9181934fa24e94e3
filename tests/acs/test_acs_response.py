"""A response of ACS, as code that knows only the SDK's abstract class uses it."""

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest
from multidict import CIMultiDict

from acs_tokens.acs.responses import MAX_ERROR_BYTES, AcsResponse

URL = "https://resource.communication.azure.com/identities"


def response(status: int, content: bytes) -> AsyncHttpResponse:
    headers = CIMultiDict({"Content-Type": "application/json"})
    return AcsResponse(HttpRequest("POST", URL), status, "OK", headers, content)


async def test_its_body_can_be_read_in_every_way() -> None:
    whole = b'{"identity": {"id": "x"}}'

    async with response(201, whole) as received:
        raw = [part async for part in received.iter_raw()]
        parts = [part async for part in received.iter_bytes()]
        assert raw == parts == [whole]
        assert await received.read() == received.content == whole
        assert received.text() == received.text("ascii") == whole.decode()
        assert received.json() == {"identity": {"id": "x"}}


def test_it_says_what_it_is_a_response_to() -> None:
    received = response(201, b"")

    assert (received.url, received.request.method, received.reason) == (URL, "POST", "OK")
    assert (received.content_type, received.encoding) == ("application/json", "utf-8")
    assert received.is_closed
    assert received.is_stream_consumed
    received.raise_for_status()


def test_an_error_can_be_raised() -> None:
    with pytest.raises(HttpResponseError) as raised:
        response(404, b"{}").raise_for_status()

    assert raised.value.status_code == 404


def test_a_body_that_is_too_large_for_an_error_is_not_parsed() -> None:
    assert response(400, b"x" * (MAX_ERROR_BYTES + 1)).text() == ""
