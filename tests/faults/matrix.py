"""Causes faults in operations, and checks what the app responds."""

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.e2e.conftest import is_problem
from tests.faults.fault import Fault
from tests.faults.operations import Kind, Operation
from tests.faults.proxy import Proxy
from tests.faults.scenarios import Scenario
from tests.raw_http import Reply

ALWAYS = 1000  # times: more than the app tries
ATTEMPTS = 3
STATUS = {"acs-response": 502, "deadline-exceeded": 504}  # all other problems: 503
MAX_RETRY_AFTER = 60


@dataclass(frozen=True)
class FaultCase:
    """One fault in one operation; the fault lasts, or is over after one time."""

    fault: Fault
    operation: Operation
    lasts: bool

    def __str__(self) -> str:
        return f"{self.fault}, {'lasting' if self.lasts else 'once'}, in: {self.operation}"


@dataclass
class Outcome:
    """The responses by fault, how long the slowest took, and what is wrong."""

    responses: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    slowest: float = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(map(Counter.total, self.responses.values()))

    def __str__(self) -> str:
        lines = [
            f"{fault:48}" + ", ".join(f"{count} x {response}" for response, count in counts.most_common())
            for fault, counts in self.responses.items()
        ]  # fmt: skip
        return "\n".join([*lines, f"{self.total} faults, slowest response {self.slowest:.2f} s"])


@dataclass(frozen=True)
class Attempt:
    """What the app responded while the fault was there.

    Attributes:
        met: Whether the fault happened. A fault without an action, such as a wrong certificate,
            counts as met.
        connections: How many connections the app opened.
    """

    reply: Reply
    seconds: float
    met: bool
    connections: int


def run_case(scenario: Scenario, case: FaultCase, outcome: Outcome) -> None:
    """Send the request while the fault happens; note the response and what is wrong with it.

    On a busy machine the app's deadline can pass before its request comes to the fault: such a
    case is run again.
    """
    for _ in range(ATTEMPTS):
        attempt = _attempt(scenario, case)
        if attempt.met or attempt.reply.status != STATUS["deadline-exceeded"]:
            break
    outcome.responses[case.fault.name][_status_and_problem(attempt.reply)] += 1
    outcome.slowest = max(outcome.slowest, attempt.seconds)
    complaints = [
        _complaint(case, attempt.reply),
        "" if attempt.met else "never met",
        _sent_again(case, attempt.connections),
    ]
    outcome.wrong += [f"{case}: {complaint}" for complaint in filter(None, complaints)]


def _attempt(scenario: Scenario, case: FaultCase) -> Attempt:
    proxy, fault, operation = scenario.proxy, case.fault, case.operation
    proxy.keeps_alive = fault.reused_only
    request = operation.prepare(scenario)
    met, connections = proxy.met[fault], proxy.connections
    with proxy.breaking(fault, ALWAYS if case.lasts else 1, operation.after):
        started = time.monotonic()
        reply = scenario.app.call(
            request.method, request.route, request.body, **dict(request.headers)
        )
        seconds = time.monotonic() - started
    proxy.keeps_alive = False
    return Attempt(
        reply,
        seconds,
        fault.action is None or proxy.met[fault] > met,
        proxy.connections - connections,
    )


def creates_sent_again(proxy: Proxy) -> list[str]:
    """List the requests for an identity that were sent again although ACS may have done them."""
    return [
        f"sent {len(fates)} times: {', '.join(map(str, fates))}"
        for fates in proxy.creates.values()
        if not all(fate and fate.unprocessed for fate in fates[:-1])
    ]


def _complaint(case: FaultCase, reply: Reply) -> str:
    problems = case.operation.problems(case.fault, lasts=case.lasts)
    seen = _status_and_problem(reply)
    if not problems:
        return "" if reply.status == case.operation.status else seen
    slug = seen.rpartition(" ")[2]
    if slug not in problems or not is_problem(reply, STATUS.get(slug, 503), slug):
        return seen
    after = reply.headers["Retry-After"]
    if after is None:
        return "no Retry-After" if case.fault.retry_after else ""
    return "" if 1 <= int(after) <= MAX_RETRY_AFTER else f"Retry-After: {after}"


def _sent_again(case: FaultCase, connections: int) -> str:
    """Find a second attempt where the app cannot know whether ACS carried out the first."""
    ambiguous = case.fault.problems and not case.fault.unprocessed
    if case.operation.kind is Kind.CREATE and ambiguous and connections > 1:
        return f"{connections} connections"
    return ""


def _status_and_problem(reply: Reply) -> str:
    """Return the status, and the slug of the problem if it is one."""
    if reply.status < 400:
        return str(reply.status)
    return f"{reply.status} {reply.json['type'].rpartition(':')[2]}"
