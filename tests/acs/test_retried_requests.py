"""How often a request is sent to ACS, with which key, and how it ends."""

import asyncio
import contextlib
import logging
from base64 import b64encode

import pytest
from pydantic import SecretStr

from acs_tokens.acs import attempts as acs_attempts
from acs_tokens.acs import retries
from acs_tokens.acs.access_keys import AccessKeys
from acs_tokens.acs.attempts import AcsRequests
from acs_tokens.acs.failures import Retry, UpstreamError
from acs_tokens.acs.request_slots import MIN_ATTEMPT_SECONDS
from acs_tokens.acs.retries import (
    CHANGE,
    CREATE,
    EXCHANGE,
    IdentityAlreadyGoneError,
    RetryPolicy,
)
from acs_tokens.context import RequestContext, current_request
from acs_tokens.http_client import MAX_CONNECTIONS
from acs_tokens.problems import (
    AcsAuthError,
    AcsThrottledError,
    AcsUnavailableError,
    IdentityNotFoundError,
)

UNSENT = UpstreamError(AcsUnavailableError(), retry=Retry.SAFE)
LOST = UpstreamError(AcsUnavailableError(), retry=Retry.IF_IDEMPOTENT)
GONE = UpstreamError(IdentityNotFoundError())
REFUSED = UpstreamError(AcsAuthError(log="Refused."), try_other_key=True)


class Attempts:
    """What becomes of the attempts, one after the other: an error, a result, or silence (None).

    The last one is repeated.

    Attributes:
        keys_used: The index of the access key at each attempt.
    """

    def __init__(
        self, *outcomes: UpstreamError | str | None, keys: AccessKeys | None = None
    ) -> None:
        self._outcomes = list(outcomes)
        self._keys = keys
        self.keys_used: list[int] = []

    async def __call__(self) -> str:
        current_request.get().audit.sent_to_acs()
        self.keys_used.append(self._keys.current if self._keys else 0)
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, UpstreamError):
            raise outcome
        if outcome is None:
            await asyncio.Event().wait()
        return outcome or ""


@pytest.fixture(autouse=True)
async def request_of_a_minute() -> RequestContext:
    context = RequestContext("a test", asyncio.get_running_loop().time() + 60)
    current_request.set(context)
    return context


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "PAUSE_SECONDS", (0, 0))
    monkeypatch.setattr(retries, "CONFIRM_SECONDS", 0)


def two_keys() -> AccessKeys:
    keys = [SecretStr(b64encode(letter * 32).decode()) for letter in (b"a", b"b")]
    return AccessKeys("https://localhost", keys)


@pytest.mark.parametrize(
    ("policy", "outcomes"),
    [
        (CREATE, [UNSENT]),
        (EXCHANGE, [LOST]),
        (CHANGE, [LOST, UNSENT]),
        (CHANGE, [UNSENT, LOST]),
    ],
)
async def test_a_request_succeeds_after_failures(
    policy: RetryPolicy, outcomes: list[UpstreamError]
) -> None:
    attempts = Attempts(*outcomes, "done")

    assert await AcsRequests(None).run(attempts, policy) == "done"
    assert len(attempts.keys_used) == len(outcomes) + 1


@pytest.mark.parametrize(
    ("policy", "outcomes"),
    [
        (CREATE, [UNSENT, UNSENT]),
        (CREATE, [LOST]),
        (EXCHANGE, [LOST, LOST]),
        (CHANGE, [LOST, LOST, LOST]),
    ],
)
async def test_a_request_is_given_up(policy: RetryPolicy, outcomes: list[UpstreamError]) -> None:
    attempts = Attempts(*outcomes)

    with pytest.raises(AcsUnavailableError) as caught:
        await AcsRequests(None).run(attempts, policy)

    assert caught.value is outcomes[-1].problem
    assert len(attempts.keys_used) == len(outcomes)


async def test_a_pause_that_does_not_fit_is_not_begun() -> None:
    throttled = UpstreamError(AcsThrottledError(), retry=Retry.SAFE, retry_after=60)
    attempts = Attempts(throttled)

    async with asyncio.timeout(50):
        with pytest.raises(AcsThrottledError):
            await AcsRequests(None).run(attempts, CHANGE)


async def test_acs_is_given_the_pause_that_it_asks_for() -> None:
    throttled = UpstreamError(AcsThrottledError(), retry=Retry.SAFE, retry_after=1)
    began = asyncio.get_running_loop().time()

    await AcsRequests(None).run(Attempts(throttled, "done"), CHANGE)

    assert asyncio.get_running_loop().time() - began >= 1


async def test_an_identity_that_is_gone_after_a_lost_response_was_deleted_by_us() -> None:
    with pytest.raises(IdentityAlreadyGoneError):
        await AcsRequests(None).run(Attempts(LOST, GONE), CHANGE)
    with pytest.raises(IdentityAlreadyGoneError):
        await AcsRequests(None).run(Attempts(LOST, UNSENT, GONE), CHANGE)


@pytest.mark.parametrize("outcomes", [[GONE], [UNSENT, GONE], [REFUSED, GONE]])
async def test_otherwise_it_was_gone_before(outcomes: list[UpstreamError]) -> None:
    keys = two_keys()

    with pytest.raises(IdentityNotFoundError) as caught:
        await AcsRequests(keys).run(Attempts(*outcomes, keys=keys), CHANGE)

    assert type(caught.value) is IdentityNotFoundError


@pytest.mark.parametrize(("spare", "attempts"), [(-0.1, 1), (60, 2)])
async def test_an_attempt_without_enough_time_is_not_begun(spare: float, attempts: int) -> None:
    lost = Attempts(LOST, "done")

    async def attempt() -> str:
        deadline = asyncio.get_running_loop().time() + MIN_ATTEMPT_SECONDS + spare
        current_request.set(RequestContext("a test", deadline))
        return await lost()

    with contextlib.suppress(AcsUnavailableError):
        await AcsRequests(None).run(attempt, CHANGE)

    assert len(lost.keys_used) == attempts


async def test_a_request_waits_for_a_slot_while_there_is_time() -> None:
    requests = AcsRequests(None)
    release = asyncio.Event()

    async def hold() -> None:
        await release.wait()

    held = [asyncio.create_task(requests.run(hold, CREATE)) for _ in range(MAX_CONNECTIONS)]
    await asyncio.sleep(0)
    waiting = asyncio.create_task(requests.run(Attempts("done"), CREATE))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    release.set()

    assert await waiting == "done"
    await asyncio.gather(*held)


async def test_a_silent_attempt_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acs_attempts, "ATTEMPT_SECONDS", 0.01)
    attempts = Attempts(None, None, "done")

    assert await AcsRequests(None).run(attempts, CHANGE) == "done"


@pytest.mark.parametrize(("policy", "attempts"), [(CREATE, 1), (EXCHANGE, 2), (CHANGE, 3)])
async def test_the_last_attempt_may_take_longer(
    monkeypatch: pytest.MonkeyPatch, policy: RetryPolicy, attempts: int
) -> None:
    monkeypatch.setattr(acs_attempts, "ATTEMPT_SECONDS", 0.01)
    monkeypatch.setattr(acs_attempts, "LAST_ATTEMPT_SECONDS", 0.3)
    silence = Attempts(*[None] * attempts)
    began = asyncio.get_running_loop().time()

    with pytest.raises(AcsUnavailableError, match=r"in 0\.3 s"):
        await AcsRequests(None).run(silence, policy)

    assert len(silence.keys_used) == attempts
    assert asyncio.get_running_loop().time() - began >= 0.3


async def test_the_other_key_is_used_from_the_first_refusal_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    keys = two_keys()
    requests = AcsRequests(keys)
    attempts = Attempts(REFUSED, "done", "again", keys=keys)
    with caplog.at_level(logging.WARNING):
        assert await requests.run(attempts, RetryPolicy(0, idempotent=False)) == "done"
    assert await requests.run(attempts, CREATE) == "again"

    assert attempts.keys_used == [0, 1, 1]
    assert caplog.messages == ["Refused. This process uses access key 2 from now on."]


async def test_requests_that_are_refused_at_the_same_time_write_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    keys, all_sent = two_keys(), asyncio.Barrier(3)
    requests = AcsRequests(keys)

    async def attempt() -> str:
        if keys.current:
            return "done"
        await all_sent.wait()
        raise REFUSED

    with caplog.at_level(logging.WARNING):
        await asyncio.gather(*(requests.run(attempt, CREATE) for _ in range(3)))

    assert caplog.messages == ["Refused. This process uses access key 2 from now on."]


async def test_each_key_is_tried_once() -> None:
    keys = two_keys()
    attempts = Attempts(REFUSED, REFUSED, keys=keys)

    with pytest.raises(AcsAuthError):
        await AcsRequests(keys).run(attempts, CHANGE)

    assert attempts.keys_used == [0, 1]


async def test_a_refusal_of_the_only_key_is_final() -> None:
    keys = AccessKeys("https://localhost", [SecretStr(b64encode(b"a" * 32).decode())])

    with pytest.raises(AcsAuthError):
        await AcsRequests(keys).run(Attempts(REFUSED, keys=keys), CHANGE)
    with pytest.raises(AcsAuthError):
        await AcsRequests(None).run(Attempts(REFUSED), CHANGE)


async def test_other_failures_do_not_switch_the_key() -> None:
    keys = two_keys()
    attempts = Attempts(LOST, "done", keys=keys)

    await AcsRequests(keys).run(attempts, CHANGE)

    assert attempts.keys_used == [0, 0]
