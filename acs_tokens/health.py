"""Readiness: whether this process can do its work, by checking each of its dependencies once."""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from acs_tokens import __version__
from acs_tokens.acs.refusals import MAX_CLOCK_DIFFERENCE
from acs_tokens.acs.service import TokenService
from acs_tokens.errors import MisconfiguredError, NotReadyError, Problem
from acs_tokens.identities.store import IdentityStore

CHECK_SECONDS = 3

Dependencies = tuple[TokenService, IdentityStore | None]


class _Report(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, defer_build=True, frozen=True, populate_by_name=True
    )


class Alive(_Report):
    """This process responds."""

    status: str = "alive"
    version: str = __version__


class Check(_Report):
    """The result of checking a dependency.

    Attributes:
        detail: What is wrong, and the cure.
        state: The circuit breaker's.
        clock_difference_seconds: How far ACS's clock is ahead of this machine's.
    """

    ok: bool
    detail: str | None = None
    state: str | None = None
    clock_difference_seconds: int | None = None


class Ready(_Report):
    """This process can do its work."""

    status: str = "ready"
    version: str = __version__
    checks: dict[str, Check]


async def readiness(dependencies: Callable[[], Dependencies]) -> Ready:
    """Check everything that this process depends on, at the same time.

    Args:
        dependencies: Returns the service, and the identity store if one is used. Raises
            `MisconfiguredError`, which counts as a failed check.

    Raises:
        NotReadyError: A check failed; it says which, and the cure.
    """
    try:
        service, store = dependencies()
    except MisconfiguredError as error:
        return _ready({"configuration": Check(ok=False, detail=str(error))})
    acs, identity_store = await asyncio.gather(
        _checked(lambda: _check_acs(service)), _checked(lambda: _check_store(store))
    )
    return _ready(
        {
            "configuration": Check(ok=True),
            "acs": acs,
            "circuitBreaker": _check_breaker(service),  # after ACS, which may have been its probe
            "identityStore": identity_store,
        }
    )


def _ready(checks: dict[str, Check]) -> Ready:
    failed = [f"{name}: {check.detail}" for name, check in checks.items() if not check.ok]
    if not failed:
        return Ready(checks=checks)
    error = NotReadyError(" ".join(failed))
    error.extensions["version"] = __version__
    error.extensions["checks"] = {
        name: check.model_dump(by_alias=True, exclude_none=True) for name, check in checks.items()
    }
    raise error


async def _checked(check: Callable[[], Awaitable[Check]]) -> Check:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except Problem as error:
        return Check(ok=False, detail=str(error))  # the text for the log: operators read this
    except TimeoutError:
        return Check(ok=False, detail=f"No response in {CHECK_SECONDS} s.")


async def _check_acs(service: TokenService) -> Check:
    difference = await service.check()
    if difference is None:
        return Check(ok=True)
    seconds = round(difference.total_seconds())
    if abs(difference) > MAX_CLOCK_DIFFERENCE:
        detail = "The clocks differ so much that ACS refuses signatures. Set this machine's clock."
        return Check(ok=False, detail=detail, clock_difference_seconds=seconds)
    return Check(ok=True, clock_difference_seconds=seconds)


async def _check_store(store: IdentityStore | None) -> Check:
    if store is None:
        return Check(ok=True, detail="Not needed.")
    await store.check()
    return Check(ok=True)


def _check_breaker(service: TokenService) -> Check:
    state = service.breaker_state
    if state == "closed":
        return Check(ok=True, state=state)
    return Check(
        ok=False,
        state=state,
        detail="ACS failed repeatedly. It is tried again within seconds; you need not do anything.",
    )
