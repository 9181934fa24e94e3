"""Access tokens: their form, and how long they are valid."""

import base64
import json
import re
from datetime import datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.emulator.acs.client import new_identity, new_token, send
from tests.serving import Emulator

DAY = 24 * 3600


def part(token: str, index: int) -> dict[str, Any]:
    text = token.split(".")[index]
    # As the Python SDK decodes it: not the URL-safe alphabet.
    decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    fields: dict[str, Any] = json.loads(decoded.decode("ascii"))
    return fields


def issue(emulator: Emulator, user_id: str, *scopes: str) -> str:
    reply = send(
        emulator, "POST", f"/identities/{user_id}/:issueAccessToken", {"scopes": list(scopes)}
    )
    token: str = reply.json["token"]
    return token


def test_the_header_is_that_of_acs(emulator: Emulator) -> None:
    header = part(new_token(emulator)["token"], 0)

    assert list(header) == ["alg", "kid", "x5t", "typ"]
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    assert re.fullmatch("[0-9A-F]{40}", header["kid"])
    assert base64.urlsafe_b64decode(header["x5t"] + "=").hex().upper() == header["kid"]


def test_the_claims_are_those_of_acs(emulator: Emulator) -> None:
    user_id = new_identity(emulator)

    claims = part(issue(emulator, user_id, "voip", "chat.join"), 1)

    assert list(claims) == [
        "skypeid", "scp", "csi", "exp", "rgn", "acsScope", "resourceId", "resourceLocation", "iat",
    ]  # fmt: skip
    assert claims["skypeid"] == user_id.removeprefix("8:")
    assert claims["scp"] == 1792
    assert claims["csi"] == str(claims["iat"])
    assert claims["exp"] == claims["iat"] + DAY
    assert claims["acsScope"] == "voip,chat.join"
    assert user_id.startswith(f"8:acs:{claims['resourceId']}_")


def test_the_claims_of_a_teams_user_are_those_of_acs(emulator: Emulator) -> None:
    entra = emulator.call("POST", "/emulator/teams-token", {"expiresInMinutes": 75}).json
    entra_claims = part(entra["token"], 1)
    body = {"token": entra["token"], "appId": entra["appId"], "userId": entra["oid"]}

    issued = send(emulator, "POST", "/teamsUser/:exchangeAccessToken", body).json
    claims = part(issued["token"], 1)

    assert list(claims) == [
        "skypeid", "scp", "csi", "exp", "rgn", "tid", "acsScope", "resourceId",
        "aad_iat", "aad_uti", "aad_appid", "iat",
    ]  # fmt: skip
    assert claims["skypeid"] == f"orgid:{entra['oid']}"
    assert (claims["scp"], claims["acsScope"]) == (1024, "voip,chat")
    assert (claims["csi"], claims["iat"]) == (str(entra_claims["iat"]), entra_claims["iat"] + 300)
    assert (claims["exp"], claims["tid"]) == (entra_claims["exp"], entra["tenantId"])
    assert (claims["aad_appid"], claims["aad_uti"]) == (entra["appId"], entra_claims["uti"])
    assert datetime.fromisoformat(issued["expiresOn"]).timestamp() == entra_claims["exp"]


@pytest.mark.parametrize("minutes", [60, 61, 1440])
def test_a_token_has_the_requested_lifetime(emulator: Emulator, minutes: int) -> None:
    issued = new_token(emulator, expiresInMinutes=minutes)
    claims = part(issued["token"], 1)

    assert claims["exp"] - claims["iat"] == minutes * 60
    assert 0 <= datetime.fromisoformat(issued["expiresOn"]).timestamp() - claims["exp"] < 1


def test_the_signature_verifies_with_the_published_key(emulator: Emulator) -> None:
    keys = KeySet.import_key_set(emulator.call("GET", "/.well-known/jwks.json").json)

    decoded = jwt.decode(new_token(emulator)["token"], keys, algorithms=["RS256"])

    assert decoded.claims["scp"] == 1792


def test_a_token_expires(own_emulator: Emulator) -> None:
    token = new_token(own_emulator, expiresInMinutes=60)["token"]

    own_emulator.clock.ahead = 3590
    before = own_emulator.examine(token)
    own_emulator.clock.ahead = 3601
    after = own_emulator.examine(token)

    assert before == {"genuine": True, "expired": False, "revoked": False, "valid": True}
    assert after == {"genuine": True, "expired": True, "revoked": False, "valid": False}


def test_revocation_ends_earlier_tokens_only(emulator: Emulator) -> None:
    user_id, other = new_identity(emulator), new_token(emulator)["token"]

    for _ in range(3):  # within one second, in which tokens would otherwise be the same
        token = issue(emulator, user_id, "voip")

        assert emulator.examine(token)["valid"]

        send(emulator, "POST", f"/identities/{user_id}/:revokeAccessTokens")

        assert emulator.examine(token) == {
            "genuine": True, "expired": False, "revoked": True, "valid": False,
        }  # fmt: skip
    assert emulator.examine(other)["valid"]


def test_deletion_ends_all_tokens(emulator: Emulator) -> None:
    user_id = new_identity(emulator)
    token = issue(emulator, user_id, "voip")

    send(emulator, "DELETE", f"/identities/{user_id}")

    assert emulator.examine(token)["revoked"]
    assert send(emulator, "DELETE", f"/identities/{user_id}").status == 404


def test_a_forged_token_is_not_genuine(emulator: Emulator, own_emulator: Emulator) -> None:
    token = new_token(own_emulator)["token"]
    header, claims, signature = token.split(".")

    for forged in (token, f"{header}.{claims}.", f"{header}.{claims}.{signature[::-1]}", "x", ""):
        assert emulator.examine(forged) == {
            "genuine": False, "expired": False, "revoked": False, "valid": False,
        }  # fmt: skip
