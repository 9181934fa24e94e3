"""Guest handles: ours are read, nobody else's."""

import hmac
import time
from typing import Any

import jwt
import pytest
from pydantic import SecretBytes

from acs_tokens.access.guest_handles import GuestHandle, GuestHandles
from acs_tokens.problems import UnauthorizedError
from acs_tokens.settings.guests import HandleKey
from tests.keys import handle_key
from tests.tokens import claims_of

FIRST = HandleKey(id="first", secret=SecretBytes(b"1" * 16 + bytes(range(32))))
SECOND = HandleKey(id="second", secret=SecretBytes(b"2" * 16 + bytes(range(32))))
RESOURCE = "https://my-resource.communication.azure.com"
GUEST = GuestHandle("8:acs:123e4567-e89b-12d3-a456-426614174000_1", ("voip",), ("voip",))


def forged(key: HandleKey = FIRST, *, headers: dict[str, Any] | None = None, **changed: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": "acs-tokens", "aud": "acs-tokens", "sub": GUEST.user_id, "scp": ["voip"],
        "first_scp": ["voip"],
        "iat": now, "exp": now + 3600,
    } | changed  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    fields = {"typ": "acs-guest+jwt", "kid": key.id} | (headers or {})
    return jwt.encode(claims, handle_key(key.secret.get_secret_value(), RESOURCE), "HS256", fields)


def test_a_handle_is_read_as_it_was_signed() -> None:
    handles = GuestHandles([FIRST], RESOURCE)

    assert handles.verify(handles.sign(GUEST)) == GUEST
    assert handles.verify(forged()) == GUEST


def test_a_handle_lasts_a_day_and_names_its_key() -> None:
    text = GuestHandles([FIRST, SECOND], RESOURCE).sign(GUEST)
    claims = claims_of(text)

    assert claims["exp"] - claims["iat"] == 24 * 3600
    assert jwt.get_unverified_header(text) == {
        "alg": "HS256",
        "typ": "acs-guest+jwt",
        "kid": "first",
    }


def test_keys_can_be_exchanged_without_logging_anybody_out() -> None:
    old = GuestHandles([FIRST], RESOURCE).sign(GUEST)

    assert GuestHandles([SECOND, FIRST], RESOURCE).verify(old) == GUEST
    with pytest.raises(UnauthorizedError):
        GuestHandles([SECOND], RESOURCE).verify(old)


@pytest.mark.parametrize(
    "other",
    [
        "https://another.communication.azure.com", "http://my-resource.communication.azure.com",
        "https://my-resource.communication.azure.us", "",
    ],
)  # fmt: skip
def test_a_handle_of_another_resource_is_refused(other: str) -> None:
    handle = GuestHandles([FIRST], other).sign(GUEST)

    with pytest.raises(UnauthorizedError):
        GuestHandles([FIRST], RESOURCE).verify(handle)
    assert GuestHandles([FIRST], other).verify(handle) == GUEST


def test_what_the_configured_key_itself_signed_is_refused() -> None:
    handle = GuestHandles([FIRST], RESOURCE).sign(GUEST)
    key = FIRST.secret.get_secret_value()
    other = hmac.digest(key, b"another purpose", "sha256")

    for each in (key, other):
        text = jwt.encode(
            claims_of(handle), each, "HS256",
            jwt.get_unverified_header(handle),
        )  # fmt: skip
        with pytest.raises(UnauthorizedError):
            GuestHandles([FIRST], RESOURCE).verify(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "a.b.c", "é.é.é", "\ud800.x.y", "x" * 5000, forged() + "x", forged()[:-4], forged()[4:],
        forged(iss="other"), forged(iss=None), forged(aud="other"), forged(aud=["acs-tokens"]), forged(aud=None),
        forged(exp=int(time.time()) - 1), forged(exp=None), forged(sub=None), forged(scp=None), forged(iat=None),
        forged(iat=int(time.time()) + 3600), forged(exp="soon"), forged(sub=5),
        forged(scp=5), forged(scp="voip"), forged(scp={"voip": 1}), forged(scp=["sesame"]), forged(scp=[["voip"]]),
        forged(headers={"typ": "JWT"}), forged(headers={"typ": None}), forged(headers={"kid": "other"}),
        forged(headers={"kid": "second"}), forged(headers={"crit": ["x"], "x": 1}),
        jwt.encode({"sub": GUEST.user_id}, "", "none", {"typ": "acs-guest+jwt", "kid": "first"}),
        jwt.encode({"sub": GUEST.user_id}, b"k" * 64, "HS512", {"typ": "acs-guest+jwt", "kid": "first"}),
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UnauthorizedError):
        GuestHandles([FIRST], RESOURCE).verify(text)
