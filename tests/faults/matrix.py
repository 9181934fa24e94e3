"""Plays faults in operations, and judges what the app answers."""

import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.e2e.conftest import is_problem
from tests.faults.fault import Fault
from tests.faults.operations import Kind, Operation
from tests.faults.proxy import Proxy
from tests.faults.scenarios import Seat
from tests.raw_http import Reply

EVER = 1000  # times: more than anybody tries
STATUS = {"acs-response": 502, "deadline-exceeded": 504}  # of the others: 503
MAX_RETRY_AFTER = 60


@dataclass(frozen=True)
class Cell:
    """One fault in one operation; it lasts, or is over after one time."""

    fault: Fault
    operation: Operation
    lasts: bool

    def __str__(self) -> str:
        return f"{self.fault}, {'lasting' if self.lasts else 'once'}, in: {self.operation}"


@dataclass
class Tally:
    """What came of it: answers by fault, the slowest, and what is wrong."""

    answers: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    slowest: float = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(map(Counter.total, self.answers.values()))

    def __str__(self) -> str:
        lines = [
            f"{fault:48}" + ", ".join(f"{count} x {answer}" for answer, count in counts.most_common())
            for fault, counts in self.answers.items()
        ]  # fmt: skip
        return "\n".join([*lines, f"{self.total} faults, slowest answer {self.slowest:.2f} s"])


def play(seat: Seat, cell: Cell, tally: Tally) -> None:
    """Ask while it breaks; note what was answered, and what should not have been."""
    proxy, fault, operation = seat.proxy, cell.fault, cell.operation
    proxy.keeps = fault.reused
    request = operation.prepare(seat)
    met, connections = proxy.met[fault], proxy.connections
    with proxy.breaking(fault, EVER if cell.lasts else 1, operation.after):
        started = time.monotonic()
        reply = seat.app.call(request.method, request.route, request.body, **dict(request.headers))
        seconds = time.monotonic() - started
    proxy.keeps = False
    tally.answers[fault.name][_words(reply)] += 1
    tally.slowest = max(tally.slowest, seconds)
    complaints = [
        _complaint(cell, reply),
        "" if fault.does is None or proxy.met[fault] > met else "never met",
        _sent_again(cell, proxy.connections - connections),
    ]
    tally.wrong += [f"{cell}: {complaint}" for complaint in filter(None, complaints)]


def creates_sent_again(proxy: Proxy) -> list[str]:
    """Which creates were sent again although they may have been carried out."""
    return [
        f"sent {len(fates)} times: {', '.join(map(str, fates))}"
        for fates in proxy.creates.values()
        if not all(fate and fate.unprocessed for fate in fates[:-1])
    ]


def _complaint(cell: Cell, reply: Reply) -> str:
    slugs = cell.operation.answers(cell.fault, lasts=cell.lasts)
    words = _words(reply)
    if not slugs:
        return "" if reply.status == cell.operation.status else words
    slug = words.rpartition(" ")[2]
    if slug not in slugs or not is_problem(reply, STATUS.get(slug, 503), slug):
        return words
    after = reply.headers["Retry-After"]
    if after is None:
        return "no Retry-After" if cell.fault.retry_after else ""
    return "" if 1 <= int(after) <= MAX_RETRY_AFTER else f"Retry-After: {after}"


def _sent_again(cell: Cell, connections: int) -> str:
    """Also what was never received may not be sent again, if the app cannot know that."""
    ambiguous = cell.fault.slugs and not cell.fault.unprocessed
    if cell.operation.kind is Kind.CREATE and ambiguous and connections > 1:
        return f"{connections} connections"
    return ""


def _words(reply: Reply) -> str:
    """The status, and the problem if it is one."""
    if reply.status < 400:
        return str(reply.status)
    return f"{reply.status} {reply.json['type'].rpartition('#')[2]}"
