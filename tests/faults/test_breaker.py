"""ACS is left alone for a while when it does nothing but fail."""

from tests.e2e.conftest import is_problem
from tests.faults.catalogue import faults
from tests.faults.fault import Fault
from tests.faults.scenarios import Seat
from tests.raw_http import Reply

FAILURES = 5


def named(name: str) -> Fault:
    return next(fault for fault in faults("http://127.0.0.1:1/") if fault.name == name)


def create(seat: Seat) -> Reply:
    return seat.app.call("POST", "users")


def fail(seat: Seat, fault: Fault, times: int) -> None:
    """Let ACS fail so often; creates are tried once each."""
    with seat.proxy.breaking(fault, times):
        for _ in range(times):
            assert is_problem(create(seat), 503, "acs-unavailable")


def left_alone(seat: Seat) -> int:
    """Find ACS left alone; return for how many seconds it is to be."""
    before = seat.proxy.connections
    reply = create(seat)
    assert is_problem(reply, 503, "acs-unavailable")
    assert seat.proxy.connections == before
    return int(reply.headers["Retry-After"])


def test_after_five_failures_in_a_row_acs_is_not_asked(seat: Seat) -> None:
    fail(seat, named("reset after the request"), FAILURES - 1)
    assert create(seat).status == 201
    before = seat.proxy.connections
    fail(seat, named("500"), FAILURES)

    assert seat.proxy.connections == before + FAILURES
    assert 1 <= left_alone(seat) <= 5
