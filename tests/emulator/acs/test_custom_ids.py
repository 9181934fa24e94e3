"""Custom ids, and what an identity shows."""

from uuid import uuid4

from tests.emulator.acs.client import new_identity, send
from tests.serving import Emulator

PREVIEW = "2025-03-02-preview"


def test_a_custom_id_finds_the_same_identity_again(emulator: Emulator) -> None:
    body = {"customId": f"alice-{uuid4()}"}

    first = send(emulator, "POST", "/identities", body, version=PREVIEW)
    second = send(emulator, "POST", "/identities", body, version=PREVIEW)
    other = send(emulator, "POST", "/identities", {"customId": "bob"}, version=PREVIEW)

    assert (first.status, second.status) == (201, 201)
    assert first.json["identity"] == second.json["identity"]
    assert first.json["identity"]["customId"] == body["customId"]
    assert other.json["identity"]["id"] != first.json["identity"]["id"]


def test_a_custom_id_has_bounds_and_a_version(emulator: Emulator) -> None:
    for custom_id in ("", "x" * 257, 5):
        body = {"customId": custom_id}
        assert send(emulator, "POST", "/identities", body, version=PREVIEW).status == 400
    ignored = send(emulator, "POST", "/identities", {"customId": "alice"}).json["identity"]
    assert set(ignored) == {"id"}


def test_an_identity_can_be_shown(emulator: Emulator) -> None:
    path = f"/identities/{new_identity(emulator)}"
    before = send(emulator, "GET", path, version=PREVIEW).json

    send(emulator, "POST", f"{path}/:issueAccessToken", {"scopes": ["voip"]})
    after = send(emulator, "GET", path, version=PREVIEW)

    assert set(before) == {"id"}
    assert set(after.json) == {"id", "lastTokenIssuedAt"}
    assert send(emulator, "GET", path).json["error"]["code"] == "UnsupportedApiVersion"
