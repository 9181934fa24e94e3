"""Which trace contexts are passed on."""

from types import SimpleNamespace

import pytest

from acs_tokens.context import RequestContext
from acs_tokens.telemetry.trace_context import trace_headers

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
STATE = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"


def test_a_good_one_is_passed_on_as_it_is() -> None:
    headers = trace_headers(SimpleNamespace(trace_parent=PARENT, trace_state=STATE))

    assert headers == {"traceparent": PARENT, "tracestate": STATE}
    assert RequestContext("an id", trace_headers=headers).trace_id == TRACE


def test_old_workers_have_it_in_capitals() -> None:
    context = SimpleNamespace(Traceparent=PARENT, Tracestate="")

    assert trace_headers(context) == {"traceparent": PARENT}


@pytest.mark.parametrize(
    "parent",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param(PARENT.upper(), id="capitals"),
        pytest.param("01" + PARENT[2:], id="another version"),
        pytest.param(PARENT[:-1], id="short"),
        pytest.param(PARENT + "-00", id="long"),
        pytest.param(PARENT + "\n", id="another line"),
        pytest.param(PARENT.replace(TRACE, "0" * 32), id="no trace"),
        pytest.param(PARENT.replace("00f067aa0ba902b7", "0" * 16), id="no span"),
    ],
)
def test_a_malformed_one_is_dropped_with_its_state(parent: str | None) -> None:
    headers = trace_headers(SimpleNamespace(trace_parent=parent, trace_state=STATE))

    assert headers == {}
    assert RequestContext("an id", trace_headers=headers).trace_id is None


@pytest.mark.parametrize("state", [None, "", "a=" + "b" * 511, "a=b\r\nx: y", "a=ü"])
def test_a_malformed_state_is_dropped_alone(state: str | None) -> None:
    headers = trace_headers(SimpleNamespace(trace_parent=PARENT, trace_state=state))

    assert headers == {"traceparent": PARENT}


def test_a_worker_without_one_is_fine() -> None:
    assert trace_headers(None) == {}
