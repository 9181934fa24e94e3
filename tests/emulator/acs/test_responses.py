"""Statuses, bodies and headers as they were recorded from the real service."""

import re

import pytest

from tests.emulator.acs.client import error_body, new_identity, send
from tests.serving import Emulator

ISSUE = "/:issueAccessToken"
VERSIONS_HEADER = "api-supported-versions"


def test_a_created_identity_has_the_form_of_acs(emulator: Emulator) -> None:
    reply = send(emulator, "POST", "/identities", headers={"x-ms-client-request-id": "my request"})

    assert reply.status == 201
    assert set(reply.json) == {"identity"}
    assert re.fullmatch(
        r"8:acs:[0-9a-f-]{36}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{3}a0d00[0-9a-f]{4}",
        reply.json["identity"]["id"],
    )
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    assert reply.headers["Content-Length"]
    assert reply.headers["x-ms-client-request-id"] == "my request"
    assert reply.headers["Request-Context"] == "appId="
    assert reply.headers["Strict-Transport-Security"] == "max-age=2592000"
    assert reply.headers["X-Cache"] == "CONFIG_NOCACHE"
    assert re.fullmatch(r"[\w+/]{22}\.0", reply.headers["MS-CV"])
    assert re.fullmatch(r"\d+ms", reply.headers["X-Processing-Time"])
    assert reply.headers["X-Azure-Ref"]
    assert "2023-10-01, " in reply.headers[VERSIONS_HEADER]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(None, id="no body"),
        pytest.param({}, id="empty"),
        pytest.param({"createTokenWithScopes": None, "expiresInMinutes": None}, id="nulls"),
        pytest.param({"createTokenWithScopes": []}, id="no scope"),
        pytest.param({"unknown": 1}, id="unknown field"),
    ],
)
def test_without_scopes_an_identity_comes_without_token(emulator: Emulator, body: object) -> None:
    reply = send(emulator, "POST", "/identities", body)

    assert reply.status == 201
    assert set(reply.json) == {"identity"}


def test_a_token_is_nested_on_create_and_not_on_issue(emulator: Emulator) -> None:
    created = send(emulator, "POST", "/identities", {"createTokenWithScopes": ["chat"]}).json
    issued = send(
        emulator,
        "POST",
        f"/identities/{created['identity']['id']}{ISSUE}",
        {"scopes": ["chat"], "expiresInMinutes": None},
    )

    assert set(created["accessToken"]) == {"token", "expiresOn"}
    assert issued.status == 200
    assert set(issued.json) == {"token", "expiresOn"}
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00", created["accessToken"]["expiresOn"]
    )


@pytest.mark.parametrize(("method", "action"), [("POST", "/:revokeAccessTokens"), ("DELETE", "")])
def test_revoke_and_delete_have_empty_responses(
    emulator: Emulator, method: str, action: str
) -> None:
    reply = send(emulator, method, f"/identities/{new_identity(emulator)}{action}")

    assert (reply.status, reply.content) == (204, b"")
    assert "Content-Type" not in reply.headers
    assert VERSIONS_HEADER in reply.headers


@pytest.mark.parametrize(
    ("body", "expected", "lists_versions"),
    [
        pytest.param(
            {"scopes": ["voip"], "expiresInMinutes": 1441},
            error_body(
                "ValidationError",
                "ExpiresInMinutes value 1441 is invalid. Value must be within the [60, 1440] interval.",
                "ExpiresInMinutes",
            ),
            True,
            id="too long",
        ),
        pytest.param(
            {"scopes": ["voip"], "expiresInMinutes": 59},
            error_body(
                "ValidationError",
                "ExpiresInMinutes value 59 is invalid. Value must be within the [60, 1440] interval.",
                "ExpiresInMinutes",
            ),
            True,
            id="too short",
        ),
        pytest.param(
            {"scopes": None},
            error_body("ValidationError", "Scopes: The Scopes field is required.", "Scopes"),
            False,
            id="scopes null",
        ),
        pytest.param(
            {},
            error_body("ValidationError", "Scopes: The Scopes field is required.", "Scopes"),
            False,
            id="scopes missing",
        ),
        pytest.param(
            {"scopes": []},
            error_body("ValidationError", "Invalid scopes - Scopes field is required.", "scopes"),
            True,
            id="scopes empty",
        ),
    ],
)
def test_a_refused_issue_has_the_recorded_response(
    emulator: Emulator, body: object, expected: object, *, lists_versions: bool
) -> None:
    reply = send(emulator, "POST", f"/identities/{new_identity(emulator)}{ISSUE}", body)

    assert (reply.status, reply.json) == (400, expected)
    assert (VERSIONS_HEADER in reply.headers) is lists_versions
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in reply.headers
    assert reply.headers["MS-CV"]


@pytest.mark.parametrize(
    ("method", "action", "body"),
    [
        ("POST", ISSUE, {"scopes": ["voip"]}),
        ("POST", "/:revokeAccessTokens", None),
        ("DELETE", "", None),
    ],
)
@pytest.mark.parametrize(
    "user_id",
    [
        "8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000",
        "8%3Aacs%3A00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000",
        "no-id-at-all",
    ],
)
def test_a_foreign_identity_is_not_owned(
    emulator: Emulator, method: str, action: str, body: object, user_id: str
) -> None:
    reply = send(emulator, method, f"/identities/{user_id}{action}", body)

    assert (reply.status, reply.json) == (
        401,
        error_body("IdentityNotOwned", "Provided identity doesn't belong to the resource."),
    )
    assert VERSIONS_HEADER in reply.headers
