"""What the local page shows of a token."""

import base64
import json

import pytest

from local_host.token_view import DEFAULT_SECONDS, token_view


def jwt(header: object, claims: object) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(each).encode()) for each in (header, claims))
    return ".".join([*(part.decode().rstrip("=") for part in parts), "signature"])


@pytest.mark.parametrize(
    ("examined", "verdict", "kind"),
    [
        ({"genuine": True, "valid": True, "revoked": False}, "genuine, valid", "good"),
        ({"genuine": True, "valid": False, "revoked": True}, "genuine, revoked", "bad"),
        ({"genuine": True, "valid": False, "revoked": False}, "genuine, expired", "bad"),
        ({"genuine": False, "valid": False, "revoked": False}, "not genuine", "bad"),
        (None, "not verified: no emulator", ""),
    ],
)
def test_the_verdict_is_the_emulators(
    examined: dict[str, bool] | None, verdict: str, kind: str
) -> None:
    view = token_view("a.b.c", examined)

    assert (view["verdict"], view["is"]) == (verdict, kind)


def test_each_claim_has_its_meaning() -> None:
    view = token_view(
        jwt({"alg": "RS256"}, {"exp": 1795296740, "iat": 1795293140, "x": ["ä"]}), None
    )

    claims = {name: (text, meaning) for name, text, meaning in view["claims"]}  # type: ignore[attr-defined]
    assert claims["exp"][0].startswith("1795296740 (2026-11-")
    assert claims["alg"] == ("RS256", "how it is signed")
    assert claims["x"] == ("['ä']", "")
    assert view["lifetime"] == 3600


@pytest.mark.parametrize(
    "token",
    ["", "opaque", "a.b.c", "é.é.é", f"{'x' * 9}.{'[' * 9000}.z", jwt([], "text"), jwt({}, {"exp": "x"})],
)  # fmt: skip
def test_a_token_may_be_opaque(token: str) -> None:
    view = token_view(token, None)

    assert view["lifetime"] == DEFAULT_SECONDS


def test_a_time_without_a_name_is_shown_as_a_number() -> None:
    view = token_view(jwt({}, {"exp": 10**30}), None)

    assert view["claims"] == [["exp", "1" + "0" * 30, "when it ends"]]


def test_an_identity_may_have_no_token() -> None:
    assert token_view("", None)["verdict"] == "an identity without a token"
