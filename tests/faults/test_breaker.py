"""The circuit breaker: after failures in a row the app sends ACS no request for some seconds."""

from tests.e2e.conftest import is_problem
from tests.faults.catalogue import faults
from tests.faults.fault import Fault
from tests.faults.scenarios import Scenario
from tests.raw_http import Reply

FAILURES = 5


def fault_named(name: str) -> Fault:
    return next(fault for fault in faults("http://127.0.0.1:1/") if fault.name == name)


def create(scenario: Scenario) -> Reply:
    return scenario.app.call("POST", "users")


def fail(scenario: Scenario, fault: Fault, times: int) -> None:
    """Let so many requests to ACS fail, each of them once."""
    with scenario.proxy.breaking(fault, times):
        for _ in range(times):
            assert is_problem(create(scenario), 503, "acs-unavailable")


def seconds_left_open(scenario: Scenario) -> int:
    """Check that the breaker is open; return for how many more seconds."""
    before = scenario.proxy.connections
    reply = create(scenario)
    assert is_problem(reply, 503, "acs-unavailable")
    assert scenario.proxy.connections == before
    return int(reply.headers["Retry-After"])


def test_five_failures_in_a_row_open_the_breaker(scenario: Scenario) -> None:
    fail(scenario, fault_named("reset after the request"), FAILURES - 1)
    assert create(scenario).status == 201
    before = scenario.proxy.connections
    fail(scenario, fault_named("503, Retry-After: 86400"), FAILURES)  # as long as it can be open

    assert scenario.proxy.connections == before + FAILURES
    assert 1 <= seconds_left_open(scenario) <= 30
