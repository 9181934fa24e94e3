"""The caller's trace reaches ACS, through HTTP."""

from collections.abc import Iterator

import pytest
from aiohttp import web

from tests.e2e.conftest import App
from tests.e2e.upstream import created, running_upstream
from tests.serving import running_app

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
STATE = "rojo=00f067aa0ba902b7"


class Traced(App):
    """An app whose ACS keeps the headers that it is sent."""

    seen: list[dict[str, str]]

    def trace(self, **headers: str) -> tuple[str | None, str | None]:
        """The trace headers that ACS gets when we send ours."""
        assert self.call("POST", "users/token", **headers).status == 201
        last = self.seen[-1]
        return last.get("traceparent"), last.get("tracestate")


@pytest.fixture(scope="module")
def app() -> Iterator[Traced]:
    seen: list[dict[str, str]] = []

    async def create(request: web.Request) -> web.Response:
        seen.append({name.lower(): value for name, value in request.headers.items()})
        return web.json_response(created(), status=201)

    with running_upstream() as acs:
        acs.responder = create
        with running_app(ACS_CONNECTION_STRING=acs.connection_string) as (address, program):
            app = Traced(address, program)
            app.seen = seen
            yield app


def test_acs_sees_the_callers_trace_and_so_does_the_log(app: Traced) -> None:
    assert app.trace(traceparent=PARENT, tracestate=STATE) == (PARENT, STATE)
    assert app.trace(traceparent=PARENT) == (PARENT, None)
    app.program.read_until(f'"traceId":"{TRACE}"')


def test_no_trace_is_made_up(app: Traced) -> None:
    assert app.trace() == (None, None)


@pytest.mark.parametrize(
    "parent", ["00-x", PARENT + ", " + PARENT, PARENT.replace(TRACE, "0" * 32)]
)
def test_a_malformed_trace_is_dropped(app: Traced, parent: str) -> None:
    assert app.trace(traceparent=parent, tracestate=STATE) == (None, None)
