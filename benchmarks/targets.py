"""What is aimed at, and whether a run holds it. Every number comes from the results."""

from dataclasses import dataclass

from benchmarks import browser, idle, instructions, lost, memory, package, start, store
from benchmarks.peers import FLOOR, OURS, RUNTIME, TUTORIAL
from benchmarks.results import Results

NOTHING = "—"


@dataclass(frozen=True)
class Measure:
    """One number.

    Attributes:
        by: Whose number it is divided by; None for the number as it is.
    """

    figure: str
    peer: str = OURS
    by: str | None = None

    def of(self, results: Results) -> float | None:
        """The number; None when it was not measured."""
        if self.by is None:
            return results.value(self.figure, self.peer)
        return results.ratio(self.figure, self.peer, self.by)


@dataclass(frozen=True)
class Target:
    """Some numbers, and a limit for each: an upper one, or a lower one."""

    what: str
    against: str
    measures: tuple[Measure, ...]
    limits: tuple[float, ...]
    at_least: bool = False

    def row(self, results: Results) -> list[str]:
        """Its line in the table: what, against, target, measured, holds?"""
        values = [measure.of(results) for measure in self.measures]
        limits = self.limits if len(set(self.limits)) > 1 else self.limits[:1]
        sign = "≥" if self.at_least else "≤"
        return [
            self.what,
            self.against,
            f"{sign} {' · '.join(f'{limit:g}' for limit in limits)}",
            " · ".join(map(number, values)),
            self._verdict(values),
        ]

    def _verdict(self, values: list[float | None]) -> str:
        pairs = zip(values, self.limits, strict=True)
        known = [(value, limit) for value, limit in pairs if value is not None]
        if not known:
            return "not measured"
        held = (value >= limit if self.at_least else value <= limit for value, limit in known)
        return "holds" if all(held) else "**does not hold**"


def number(value: float | None) -> str:
    """A number for a table."""
    return NOTHING if value is None else f"{value:.2f}"


def _by_tutorial(*figures: str) -> tuple[Measure, ...]:
    return tuple(Measure(figure, by=TUTORIAL) for figure in figures)


def _store(*kinds: str) -> tuple[Measure, ...]:
    return tuple(Measure(store.ROUND_TRIPS.format(kind)) for kind in kinds)


TARGETS = (
    Target(
        "p50 of a page load, ACS takes 50 ms; 1 · 16 · 64 at once",
        "tutorial",
        _by_tutorial(*(f"p50 ms, 50 ms, {n} at once" for n in (1, 16, 64))),
        (0.51, 0.51, 0.55),
    ),
    Target(
        "the same after 21 s of idleness; round trip of 20 · 50 ms",
        "tutorial",
        _by_tutorial(*map(idle.FIGURE.format, idle.ROUND_TRIPS_MS)),
        (0.53, 0.53),
    ),
    Target(
        "p99 of a page load, ACS takes 50 ms; 64 at once",
        "tutorial",
        _by_tutorial("p99 ms, 50 ms, 64 at once"),
        (0.65,),
    ),
    Target(
        "requests to ACS per token when warm; 16 · 64 at once",
        NOTHING,
        tuple(Measure(f"upstream requests per token, 50 ms, {n} at once") for n in (16, 64)),
        (1, 1),
    ),
    Target(
        "new TLS connections per token when warm; 16 · 64 at once",
        NOTHING,
        tuple(Measure(f"upstream connections per token, 50 ms, {n} at once") for n in (16, 64)),
        (0, 0),
    ),
    Target(
        "CPU time per token through the triggers; 1 · 32 at once",
        "the floor",
        tuple(Measure(f"CPU µs per response, 0 ms, {n} at once", by=FLOOR) for n in (1, 32)),
        (2.9, 4.0),
    ),
    Target(
        "CPU time per token; 32 at once",
        "tutorial",
        _by_tutorial("CPU µs per response, 0 ms, 32 at once"),
        (0.75,),
    ),
    Target(
        "millions of instructions per token; 1 · 16 at once",
        NOTHING,
        tuple(Measure(instructions.FIGURE.format(n)) for n in instructions.AT_ONCE),
        (2.1, 2.1),
    ),
    Target(
        "tokens per second and process, ACS takes 0 ms; 16 · 64 at once",
        "tutorial",
        _by_tutorial(*(f"tokens per second, 0 ms, {n} at once" for n in (16, 64))),
        (1.25, 1.25),
        at_least=True,
    ),
    Target(
        "import and index of function_app.py",
        "import of azure.functions, aiohttp, pydantic and the SDK",
        (Measure(start.IMPORT, start.APP, start.PACKAGES),),
        (1.3,),
    ),
    Target(
        "CPU of a cold start of the deployed package, until its functions are indexed",
        "import of azure.functions, aiohttp, the SDK's client and pydantic's BaseModel",
        (Measure(package.CPU, package.PACKAGE, package.LIBRARIES),),
        (1.05,),
    ),
    Target(
        "growth of memory with 1,000 page loads at once, ACS takes 1.5 s",
        "tutorial",
        _by_tutorial(memory.GROWTH),
        (0.33,),
    ),
    Target(
        "memory two minutes later, when idle connections are closed",
        "the same at rest",
        (Measure(memory.BACK),),
        (1.6,),
    ),
    Target(
        "time to the credential in Chromium, 50 ms from the page's server; first load · reload",
        "the tutorial's page",
        _by_tutorial(browser.FIRST, browser.RELOAD),
        (1.05, 0.2),
    ),
    Target(
        "requests to ACS when 10 people load the page 10 times each (the tutorial's page: 200)",
        NOTHING,
        (Measure(browser.REQUESTS),),
        (10,),
    ),
    Target(
        "invocations lost in 10,000 while garbage is collected all the time, 32 at once;"
        " local host · Azure's runtime library",
        NOTHING,
        (Measure(lost.LOST, OURS), Measure(lost.LOST, RUNTIME)),
        (0, 0),
    ),
    Target(
        "round trips to the identity store for a page load;"
        f" {store.NEW} · {store.AGAIN} · {store.KNOWN} · {store.KNOWN_INVITED} · {store.USER}",
        NOTHING,
        _store(store.NEW, store.AGAIN, store.KNOWN, store.KNOWN_INVITED, store.USER),
        (0, 0, 1, 1, 2),
    ),
    Target(
        f"the same; {store.INVITED} · {store.NEXT_INVITED}",
        NOTHING,
        _store(store.INVITED, store.NEXT_INVITED),
        (1, 1),
    ),
)
