"""Keys: those that can be guessed are refused, random ones never, and each has one purpose."""

import secrets
from base64 import b64encode
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs_tokens.problems import MisconfiguredError
from acs_tokens.settings import Settings
from acs_tokens.settings.keys import can_be_guessed
from tests.keys import random_bytes, random_key
from tests.properties.hypothesis_source import few

ENDPOINT = "https://my-resource.unitedstates.communication.azure.com"
RANDOM = random_bytes("a key")
GUESSED = [
    pytest.param(bytes(64), id="zeros"),
    pytest.param(b"\xff\x00" * 32, id="two values"),
    pytest.param(b"password1" * 4, id="a password, repeated"),
    pytest.param(b"correct horse battery staple, and then some more", id="a sentence"),
    pytest.param("Grüße aus München, und noch ein paar Wörter mehr".encode(), id="a sentence beyond ASCII"),
    pytest.param(b"line one of a file\nline two of a file\n", id="lines"),
    pytest.param(b"0123456789abcdef0123456789abcdef", id="digits"),
    pytest.param(b"qwertyuiopasdfghjklzxcvbnmQWERTYUIOP", id="a keyboard"),
    pytest.param(b64encode(RANDOM), id="base64 in base64"),
    pytest.param(RANDOM.hex().encode(), id="hexadecimal in base64"),
    pytest.param(bytes(range(100, 132)), id="counting up"),
    pytest.param(bytes(range(255, 191, -1)), id="counting down"),
    pytest.param(bytes(3 * n % 256 for n in range(64)), id="counting in threes"),
    pytest.param(bytes(n * n % 256 for n in range(64)), id="squares"),
    pytest.param(RANDOM[:16] * 2, id="half a key, twice"),
    pytest.param(RANDOM[:8] * 4, id="a quarter of a key, four times"),
    pytest.param(RANDOM[:8] + bytes(24), id="a short key, filled up"),
    pytest.param(b"".join(n.to_bytes(4, "big") for n in range(16)), id="numbers"),
]  # fmt: skip


def read(variables: Mapping[str, str]) -> Settings:
    return Settings.from_environ({"ACS_ENDPOINT": ENDPOINT, **variables})


@pytest.mark.parametrize("key", GUESSED)
def test_a_key_that_can_be_guessed_is_refused(key: bytes) -> None:
    encoded = b64encode(key).decode()
    for name, value in (("GUEST_HANDLE_KEYS", f"k:{encoded}"), ("LOG_HASH_KEY", encoded)):
        with pytest.raises(
            MisconfiguredError, match=f"^{name} .*openssl rand -base64 32"
        ) as caught:
            read({name: value})
        assert encoded not in str(caught.value)


@pytest.mark.parametrize("size", [32, 33, 48, 64, 128])
def test_ten_thousand_random_keys_are_accepted(size: int) -> None:
    for _ in range(2_000):
        key = secrets.token_bytes(size)
        assert not can_be_guessed(key)

    assert read({"LOG_HASH_KEY": b64encode(key).decode()})


@few
@given(st.binary(min_size=1, max_size=8), st.integers(0, 31))
def test_any_repeated_word_is_refused(word: bytes, more: int) -> None:
    key = (word * 32)[: 32 + more]

    with pytest.raises(MisconfiguredError, match="LOG_HASH_KEY"):
        read({"LOG_HASH_KEY": b64encode(key).decode()})


@few
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=32))
def test_any_ascii_text_is_refused(text: str) -> None:
    with pytest.raises(MisconfiguredError, match="LOG_HASH_KEY"):
        read({"LOG_HASH_KEY": b64encode(text.encode()).decode()})


KEY, OTHER, SECOND = random_key("first"), random_key("other"), random_key("second")
ACS = {"ACS_ACCESS_KEY": KEY, "ACS_ACCESS_KEY_2": SECOND}
# The same 32 bytes, spelt in another way: two bits of the last character do not count.
SPELT_OTHERWISE = f"{KEY[:-2]}{chr(ord(KEY[-2]) + 1)}="


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        pytest.param(ACS | {"LOG_HASH_KEY": KEY}, "LOG_HASH_KEY", id="log and ACS"),
        pytest.param(ACS | {"LOG_HASH_KEY": SECOND}, "LOG_HASH_KEY", id="log and ACS's second"),
        pytest.param(ACS | {"GUEST_HANDLE_KEYS": f"k:{OTHER},l:{SECOND}"}, "GUEST_HANDLE_KEYS", id="handles and ACS's second"),
        pytest.param(ACS | {"GUEST_HANDLE_KEYS": f"k:{OTHER}", "LOG_HASH_KEY": OTHER}, "LOG_HASH_KEY", id="log and handles"),
        pytest.param(ACS | {"LOG_HASH_KEY": SPELT_OTHERWISE}, "LOG_HASH_KEY", id="another spelling"),
        pytest.param({"ACS_ACCESS_KEY": KEY, "ACS_ACCESS_KEY_2": SPELT_OTHERWISE}, "ACS_ACCESS_KEY_2", id="ACS's own, in another spelling"),
        pytest.param({"GUEST_HANDLE_KEYS": f"k:{KEY},l:{SPELT_OTHERWISE}"}, "GUEST_HANDLE_KEYS", id="handles, in another spelling"),
    ],
)  # fmt: skip
def test_one_key_for_two_purposes_is_refused(variables: dict[str, str], message: str) -> None:
    with pytest.raises(MisconfiguredError, match=f"^{message} ") as caught:
        read(variables)

    assert KEY not in str(caught.value)


def test_a_key_for_each_purpose_is_accepted() -> None:
    assert read(ACS | {"GUEST_HANDLE_KEYS": f"k:{OTHER}", "LOG_HASH_KEY": random_key("log")})
