"""Whether this process can do its work: what it depends on, each asked once."""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from acs_tokens import __version__
from acs_tokens.acs.failures import MAX_CLOCK_DIFFERENCE
from acs_tokens.acs.service import TokenService
from acs_tokens.errors import NotReadyError, Problem
from acs_tokens.identities.store import IdentityStore

CHECK_SECONDS = 3


class _Report(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, defer_build=True, frozen=True, populate_by_name=True
    )


class Alive(_Report):
    """This process answers."""

    status: str = "alive"
    version: str = __version__


class Check(_Report):
    """One thing that this process depends on.

    Attributes:
        detail: What is wrong, and the cure.
        state: Of the breaker.
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


class Readiness:
    """What this process depends on.

    Args:
        identities: The identity map; None where nothing is ever noted in it.
    """

    def __init__(self, service: TokenService, identities: IdentityStore | None) -> None:
        self._service = service
        self._map = identities

    async def report(self) -> Ready:
        """Check everything at once.

        Raises:
            NotReadyError: Something is wrong; it says what, and the cure.
        """
        acs, identity_map = await asyncio.gather(_check(self._acs), _check(self._identities))
        return ready(
            {
                "configuration": Check(ok=True),
                "acs": acs,
                "breaker": self._breaker(),  # for which ACS may just have been the probe
                "identityMap": identity_map,
            }
        )

    def _breaker(self) -> Check:
        state = self._service.breaker_state
        if state == "closed":
            return Check(ok=True, state=state)
        return Check(
            ok=False,
            state=state,
            detail="ACS failed repeatedly. It is asked again in seconds: nothing needs to be done.",
        )

    async def _acs(self) -> Check:
        difference = await self._service.check()
        if difference is None:
            return Check(ok=True)
        seconds = round(difference.total_seconds())
        if abs(difference) > MAX_CLOCK_DIFFERENCE:
            detail = "The clocks differ so much that ACS refuses what is signed. Set this one."
            return Check(ok=False, detail=detail, clock_difference_seconds=seconds)
        return Check(ok=True, clock_difference_seconds=seconds)

    async def _identities(self) -> Check:
        if self._map is None:
            return Check(ok=True, detail="Not needed.")
        await self._map.check()
        return Check(ok=True)


def ready(checks: dict[str, Check]) -> Ready:
    """Sum up.

    Raises:
        NotReadyError: A check says so.
    """
    wrong = [f"{name}: {check.detail}" for name, check in checks.items() if not check.ok]
    if not wrong:
        return Ready(checks=checks)
    error = NotReadyError(" ".join(wrong))
    error.members["version"] = __version__
    error.members["checks"] = {
        name: check.model_dump(by_alias=True, exclude_none=True) for name, check in checks.items()
    }
    raise error


async def _check(check: Callable[[], Awaitable[Check]]) -> Check:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except Problem as error:
        return Check(ok=False, detail=str(error))  # for operators: what the log would say
    except TimeoutError:
        return Check(ok=False, detail=f"No answer in {CHECK_SECONDS} s.")
