"""The order of the checks, and malformed bodies."""

import pytest

from tests.emulator.acs.client import new_identity, send
from tests.serving import Emulator

ISSUE = "/:issueAccessToken"


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"5", b"\xff", b"[" * 100_000],
    ids=["cut", "array", "number", "no UTF-8", "deep"],
)
def test_a_body_that_is_not_a_json_object_is_refused(emulator: Emulator, content: bytes) -> None:
    reply = send(emulator, "POST", "/identities", content)

    assert (reply.status, reply.json["error"]["code"]) == (400, "ValidationError")


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": "voip"},
        {"scopes": ["voip", 5]},
        {"scopes": ["pstn"]},
        {"scopes": ["voip"], "expiresInMinutes": "60"},
        {"scopes": ["voip"], "expiresInMinutes": True},
        {"scopes": ["voip"], "expiresInMinutes": 60.5},
    ],
    ids=str,
)
def test_a_field_of_the_wrong_type_is_refused(emulator: Emulator, body: object) -> None:
    reply = send(emulator, "POST", f"/identities/{new_identity(emulator)}{ISSUE}", body)

    assert (reply.status, reply.json["error"]["code"]) == (400, "ValidationError")


def test_the_credential_is_checked_before_the_version_and_the_version_before_the_body(
    emulator: Emulator,
) -> None:
    unauthenticated = send(
        emulator, "POST", "/identities", b"{", version="1", headers={"x-ms-date": ""}
    )
    unversioned = send(emulator, "POST", "/identities", b"{", version="1")

    assert unauthenticated.json["error"]["code"] == "Denied"
    assert unversioned.json["error"]["code"] == "UnsupportedApiVersion"
