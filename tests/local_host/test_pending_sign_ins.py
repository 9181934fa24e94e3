"""The sign-ins of the local page that have not come back."""

import pytest

from local_host.openid_provider import OpenIdProvider, SignInAttempt
from local_host.pending_sign_ins import MAX_PENDING, MAX_SECONDS, PendingSignIns
from tests.clock import Clock

PROVIDER = OpenIdProvider(
    issuer="https://login.example",
    discovery="https://login.example/.well-known/openid-configuration",
    client_id="page",
    audiences=frozenset({"page"}),
    audience=None,
    scope="",
)


def attempt(state: str) -> SignInAttempt:
    return SignInAttempt("http://localhost/back", state, "nonce", "verifier")


@pytest.mark.parametrize(("seconds", "is_known"), [(MAX_SECONDS, True), (MAX_SECONDS + 1, False)])
def test_a_sign_in_is_forgotten_when_its_time_is_over(seconds: float, *, is_known: bool) -> None:
    clock = Clock()
    pending = PendingSignIns(clock)
    pending.add(PROVIDER, attempt("a"))

    clock.now += seconds

    assert pending.take("a") == ((PROVIDER, attempt("a")) if is_known else None)


def test_a_sign_in_is_taken_once() -> None:
    pending = PendingSignIns()
    pending.add(PROVIDER, attempt("a"))

    assert pending.take("b") is None
    assert pending.take("a") == (PROVIDER, attempt("a"))
    assert pending.take("a") is None


def test_the_oldest_makes_room() -> None:
    pending = PendingSignIns()
    for number in range(MAX_PENDING + 1):
        pending.add(PROVIDER, attempt(str(number)))

    assert pending.take("0") is None
    assert pending.take("1")
    assert pending.take(str(MAX_PENDING))
