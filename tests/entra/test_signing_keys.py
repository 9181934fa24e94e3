"""Entra's keys: when they are fetched, and what is kept while they cannot be."""

import asyncio
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from acs_tokens.entra.signing_keys import SigningKeys
from acs_tokens.errors import EntraUnavailableError

TENANT = "one"
HOUR = 3600


class Clock:
    now = 10_000.0

    def __call__(self) -> float:
        return self.now


class Publisher:
    """What Entra publishes, and how often it was asked."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {"keys": [key("first")]}
        self.asked = 0
        self.down = False

    async def __call__(self, url: str) -> dict[str, Any]:
        assert url == f"https://entra/{TENANT}/keys"
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise EntraUnavailableError(log="down")
        return self.document


def key(key_id: str, **changed: Any) -> dict[str, Any]:
    public = {**RSAKey.generate_key(2048).as_dict(private=False), "kid": key_id, "use": "sig"}
    return {name: value for name, value in (public | changed).items() if value is not None}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def keys(publisher: Publisher, clock: Clock) -> SigningKeys:
    return SigningKeys(publisher, "https://entra/{tenant}/keys", clock)


async def known(keys: SigningKeys, key_id: str) -> bool:
    return await keys.find(TENANT, key_id) is not None


async def test_many_who_ask_at_once_are_one_fetch(keys: SigningKeys, publisher: Publisher) -> None:
    found = await asyncio.gather(*(known(keys, "first") for _ in range(50)))

    assert all(found)
    assert publisher.asked == 1


async def test_keys_are_looked_for_again_every_hour(
    keys: SigningKeys, publisher: Publisher, clock: Clock
) -> None:
    await known(keys, "first")
    clock.now += HOUR - 1
    await known(keys, "first")
    assert publisher.asked == 1
    clock.now += 2
    await known(keys, "first")
    assert publisher.asked == 2


async def test_a_rotated_key_is_found_at_once(keys: SigningKeys, publisher: Publisher) -> None:
    await known(keys, "first")
    publisher.document["keys"].append(key("second"))

    assert await known(keys, "second")
    assert publisher.asked == 2


async def test_unknown_keys_are_looked_for_every_five_minutes(
    keys: SigningKeys, publisher: Publisher, clock: Clock
) -> None:
    await known(keys, "first")
    for number in range(10_000):
        assert not await known(keys, f"unknown {number}")
    assert publisher.asked == 2
    clock.now += 301
    assert not await known(keys, "unknown")
    assert publisher.asked == 3


async def test_an_outage_is_outlived_for_a_day(
    keys: SigningKeys, publisher: Publisher, clock: Clock
) -> None:
    await known(keys, "first")
    publisher.down = True
    clock.now += 23 * HOUR

    assert await known(keys, "first")
    clock.now += 2 * HOUR
    with pytest.raises(EntraUnavailableError):
        await known(keys, "first")


async def test_after_a_failure_nobody_asks_for_ten_seconds(
    keys: SigningKeys, publisher: Publisher, clock: Clock
) -> None:
    publisher.down = True
    for _ in range(20):
        with pytest.raises(EntraUnavailableError):
            await known(keys, "first")
    assert publisher.asked == 1
    publisher.down = False
    clock.now += 11
    assert await known(keys, "first")


@pytest.mark.parametrize(
    "entry",
    [
        key("odd", use="enc"),
        key("odd", kid=None),
        key("odd", n=None),
        key("odd", kty="oct", k="c2VjcmV0"),
        {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "odd", "use": "sig"},
        {},
        "odd",
        None,
        5,
    ],
    ids=[
        "encryption",
        "no id",
        "no modulus",
        "symmetric",
        "elliptic",
        "empty",
        "text",
        "null",
        "number",
    ],
)
async def test_only_rsa_signing_keys_count(
    keys: SigningKeys, publisher: Publisher, entry: object
) -> None:
    publisher.document["keys"].insert(0, entry)

    assert await known(keys, "first")
    assert not await known(keys, "odd")


@pytest.mark.parametrize(
    "document", [{}, {"keys": []}, {"keys": None}, {"keys": "x"}, {"keys": [{}]}]
)
async def test_a_set_without_keys_is_no_set(
    keys: SigningKeys, publisher: Publisher, document: dict[str, Any]
) -> None:
    publisher.document = document

    with pytest.raises(EntraUnavailableError):
        await known(keys, "first")


async def test_many_who_bring_a_new_key_are_all_found_with_one_fetch(
    keys: SigningKeys, publisher: Publisher
) -> None:
    await known(keys, "first")
    publisher.document["keys"].append(key("second"))

    assert all(await asyncio.gather(*(known(keys, "second") for _ in range(20))))
    assert publisher.asked == 2


async def test_a_look_that_fails_is_no_answer_and_can_be_repeated(
    keys: SigningKeys, publisher: Publisher, clock: Clock
) -> None:
    await known(keys, "first")
    publisher.document["keys"].append(key("second"))
    publisher.down = True
    with pytest.raises(EntraUnavailableError):
        await known(keys, "second")
    assert await known(keys, "first")
    publisher.down = False
    clock.now += 11

    assert await known(keys, "second")
