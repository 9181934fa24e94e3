"""Entra's signing keys: when they are fetched, and what is kept while they cannot be."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from joserfc.jwk import ECKey

from acs_emulator.ports import listen, port_of
from acs_tokens.entra.signing_keys import SigningKeys
from acs_tokens.http_client import new_session
from acs_tokens.oidc import key_set
from acs_tokens.problems import EntraUnavailableError
from tests.clock import Clock
from tests.keys import rsa_key
from tests.serving import in_thread
from tests.waiting import LIMIT_SECONDS

TENANT, ANOTHER_TENANT = "one", "two"
HOUR = 3600


class Publisher:
    """A server that publishes a tenant's key set, and counts the requests for it."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {"keys": [key("first")]}
        self.requests = 0
        self.down = False
        self.is_silent = False
        self.moved_to = ""

    async def serve(self, request: web.Request) -> web.Response:
        self.requests += 1
        if self.is_silent:
            await asyncio.Event().wait()
        if self.moved_to and request.match_info["tenant"] == TENANT:
            return web.Response(status=307, headers={"Location": self.moved_to})
        if self.down or request.match_info["tenant"] not in (TENANT, ANOTHER_TENANT):
            return web.Response(status=503)
        return web.json_response(self.document)


def key(key_id: str, **changed: Any) -> dict[str, Any]:
    public = {**rsa_key(key_id).as_dict(private=False), "kid": key_id, "use": "sig"}
    return {name: value for name, value in (public | changed).items() if value is not None}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
async def keys(publisher: Publisher, clock: Clock) -> AsyncIterator[SigningKeys]:
    app, sockets = web.Application(), listen(0)
    app.router.add_get("/{tenant}/discovery/v2.0/keys", publisher.serve)
    with in_thread(app, (sockets, None)):
        async with new_session() as session:
            yield SigningKeys(f"http://127.0.0.1:{port_of(sockets)}", session, clock)


async def known(keys: SigningKeys, key_id: str) -> bool:
    return await keys.find(TENANT, key_id, "RS256") is not None


async def test_many_requests_at_once_fetch_once(keys: SigningKeys, publisher: Publisher) -> None:
    found = await asyncio.gather(*(known(keys, "first") for _ in range(50)))

    assert all(found)
    assert publisher.requests == 1


async def test_keys_are_refreshed_every_hour(
    keys: SigningKeys, publisher: Publisher, clock: Clock
) -> None:
    await known(keys, "first")
    clock.now += HOUR
    await known(keys, "first")
    assert publisher.requests == 1
    clock.now += 1
    await known(keys, "first")
    assert publisher.requests == 2


async def test_a_rotated_key_is_found_at_once(keys: SigningKeys, publisher: Publisher) -> None:
    await known(keys, "first")
    publisher.document["keys"].append(key("second"))

    assert await known(keys, "second")
    assert publisher.requests == 2


async def test_unknown_keys_cause_five_fetches_and_then_one_a_minute(
    keys: SigningKeys, publisher: Publisher, clock: Clock
) -> None:
    await known(keys, "first")
    for number in range(10_000):
        assert not await known(keys, f"unknown {number}")
    assert publisher.requests == 1 + 5
    clock.now += 59
    assert not await known(keys, "unknown")
    assert publisher.requests == 1 + 5
    clock.now += 1
    for _ in range(2):
        assert not await known(keys, "unknown")
    assert publisher.requests == 1 + 5 + 1


async def test_after_a_pause_there_are_five_fetches_for_unknown_keys_again(
    keys: SigningKeys, publisher: Publisher, clock: Clock
) -> None:
    for _ in range(2):
        clock.now += 10 * HOUR
        await known(keys, "first")
        publisher.requests = 0
        for number in range(10):
            await known(keys, f"unknown {number}")
        assert publisher.requests == 5


async def test_unknown_keys_hide_a_new_key_for_a_minute_at_most(
    keys: SigningKeys, publisher: Publisher, clock: Clock
) -> None:
    for number in range(100):
        await known(keys, f"unknown {number}")
    publisher.document["keys"].append(key("second"))
    assert not await known(keys, "second")
    clock.now += 60

    assert await known(keys, "second")


async def test_unknown_keys_of_one_tenant_do_not_count_for_another(
    keys: SigningKeys, publisher: Publisher
) -> None:
    for number in range(10):
        await known(keys, f"unknown {number}")
    publisher.requests = 0

    assert await keys.find(ANOTHER_TENANT, "unknown", "RS256") is None
    assert publisher.requests == 2


async def test_keys_are_kept_for_a_day_of_outage(
    keys: SigningKeys, publisher: Publisher, clock: Clock
) -> None:
    clock.now += 100 * HOUR
    await known(keys, "first")
    publisher.down = True
    clock.now += 24 * HOUR

    assert await known(keys, "first")
    clock.now += 1
    with pytest.raises(EntraUnavailableError):
        await known(keys, "first")


async def test_after_a_failure_there_is_no_fetch_for_ten_seconds(
    keys: SigningKeys, publisher: Publisher, clock: Clock
) -> None:
    publisher.down = True
    for _ in range(20):
        with pytest.raises(EntraUnavailableError):
            await known(keys, "first")
    assert publisher.requests == 1
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
async def test_a_key_set_without_keys_is_an_outage(
    keys: SigningKeys, publisher: Publisher, document: dict[str, Any]
) -> None:
    publisher.document = document

    with pytest.raises(EntraUnavailableError):
        await known(keys, "first")


async def test_many_tokens_with_a_new_key_fetch_once(
    keys: SigningKeys, publisher: Publisher
) -> None:
    await known(keys, "first")
    publisher.document["keys"].append(key("second"))

    assert all(await asyncio.gather(*(known(keys, "second") for _ in range(20))))
    assert publisher.requests == 2


async def test_a_failed_fetch_for_an_unknown_key_is_repeated_later(
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


async def test_a_silent_publisher_is_an_outage(
    keys: SigningKeys, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_set, "FETCH_SECONDS", 0.05)
    publisher.is_silent = True

    async with asyncio.timeout(LIMIT_SECONDS):
        with pytest.raises(EntraUnavailableError):
            await known(keys, "first")


async def test_a_redirect_is_not_followed(keys: SigningKeys, publisher: Publisher) -> None:
    publisher.moved_to = f"/{ANOTHER_TENANT}/discovery/v2.0/keys"

    with pytest.raises(EntraUnavailableError):
        await known(keys, "first")

    assert publisher.requests == 1
