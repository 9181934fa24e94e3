"""What is aimed at, and whether this run holds it. Every number comes from the results."""

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks import idle, lost, memory, start
from benchmarks.peers import FLOOR, OURS, RUNTIME, TUTORIAL
from benchmarks.results import Results


@dataclass(frozen=True)
class Check:
    """One number and its limit.

    Attributes:
        measured: None when it could not be measured.
        at_least: The limit is a lower one.
    """

    measured: float | None
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool | None:
        """Whether the number keeps to its limit; None when there is none."""
        if self.measured is None:
            return None
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


@dataclass(frozen=True)
class Target:
    """One line of the table."""

    what: str
    against: str
    checks: tuple[Check, ...]

    @property
    def limits(self) -> str:
        """The limits in words."""
        sign = "≥" if self.checks[0].at_least else "≤"
        limits = list(dict.fromkeys(f"{check.limit:g}" for check in self.checks))
        texts = limits if len(limits) == 1 else [f"{check.limit:g}" for check in self.checks]
        return f"{sign} {' · '.join(texts)}"

    @property
    def measured(self) -> str:
        """The numbers."""
        return " · ".join(number(check.measured) for check in self.checks)

    @property
    def verdict(self) -> str:
        """Whether all hold."""
        held = [check.holds for check in self.checks if check.holds is not None]
        if not held:
            return "not measured"
        return "holds" if all(held) else "**does not hold**"


def number(value: float | None, digits: int = 2) -> str:
    """A number for a table; a dash when there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def targets(results: Results) -> list[Target]:
    """All targets, with what was measured."""
    against = _Ratios(results)
    per_token = [
        results.value(f"upstream {count} per token, 50 ms, {callers} at once", OURS)
        for count in ("requests", "connections")
        for callers in (16, 64)
    ]
    return [
        Target(
            "p50 of a page load, ACS takes 50 ms; 1 · 16 · 64 at once", "tutorial",
            against.tutorial((f"p50 ms, 50 ms, {n} at once" for n in (1, 16, 64)), 0.51, 0.51, 0.53),
        ),
        Target(
            "the same after 21 s of idleness; round trip of 20 · 50 ms", "tutorial",
            against.tutorial(map(idle.FIGURE.format, idle.ROUND_TRIPS_MS), 0.53, 0.53),
        ),
        Target(
            "p99 of a page load, ACS takes 50 ms; 64 at once", "tutorial",
            against.tutorial(["p99 ms, 50 ms, 64 at once"], 0.60),
        ),
        Target(
            "calls to ACS per token when warm; 16 · 64 at once", "–",
            tuple(Check(value, 1) for value in per_token[:2]),
        ),
        Target(
            "new TLS connections per token when warm; 16 · 64 at once", "–",
            tuple(Check(value, 0) for value in per_token[2:]),
        ),
        Target(
            "CPU time per token through the triggers; 1 · 32 at once", "the floor",
            against.floor((f"CPU µs per answer, 0 ms, {n} at once" for n in (1, 32)), 2.9, 4.0),
        ),
        Target(
            "tokens per second and process, ACS takes 0 ms; 16 · 64 at once", "tutorial",
            against.tutorial(
                (f"tokens per second, 0 ms, {n} at once" for n in (16, 64)), 1.05, 1.05,
                at_least=True,
            ),
        ),
        Target(
            "import and index of function_app.py", "import azure.functions",
            (Check(results.ratio(start.IMPORT, start.APP, start.FUNCTIONS), 2.9),),
        ),
        Target(
            "start of the process to the first token", "tutorial",
            against.tutorial([start.FIRST_TOKEN], 1.1),
        ),
        Target(
            "growth of memory with 1,000 page loads at once, ACS takes 1.5 s", "tutorial",
            against.tutorial([memory.GROWTH], 0.33),
        ),
        Target(
            "memory afterwards", "the same at rest",
            (Check(results.value(memory.BACK, OURS), 1.10),),
        ),
        Target(
            "invocations lost in 10,000, collecting garbage all the time, 32 at once;"
            " local host · Azure's runtime library", "–",
            tuple(Check(results.value(lost.LOST, key), 0) for key in (OURS, RUNTIME)),
        ),
    ]  # fmt: skip


@dataclass
class _Ratios:
    results: Results

    def tutorial(
        self, figures: Iterable[str], *limits: float, at_least: bool = False
    ) -> tuple[Check, ...]:
        return self._checks(TUTORIAL, figures, limits, at_least=at_least)

    def floor(self, figures: Iterable[str], *limits: float) -> tuple[Check, ...]:
        return self._checks(FLOOR, figures, limits, at_least=False)

    def _checks(
        self, against: str, figures: Iterable[str], limits: tuple[float, ...], *, at_least: bool
    ) -> tuple[Check, ...]:
        return tuple(
            Check(self.results.ratio(figure, OURS, against), limit, at_least)
            for figure, limit in zip(figures, limits, strict=True)
        )
