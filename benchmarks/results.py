"""What was measured, and ratios of it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Self


@dataclass
class Results:
    """All samples of a run.

    Attributes:
        about: What it was run with: machine, versions, rounds.
        samples: Figure → peer → one number for each round.
    """

    about: dict[str, Any] = field(default_factory=dict)
    samples: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, figure: str, peer: str, value: float) -> None:
        """Note one sample; those of a figure and a peer come in the order of the rounds."""
        self.samples.setdefault(figure, {}).setdefault(peer, []).append(value)

    def value(self, figure: str, peer: str) -> float | None:
        """The median; None if it was not measured."""
        values = self.samples.get(figure, {}).get(peer)
        return median(values) if values else None

    def ratio(self, figure: str, peer: str, against: str) -> float | None:
        """The median of the rounds' ratios: what slows a whole round down does not count."""
        figures = self.samples.get(figure, {})
        pairs = zip(figures.get(peer, ()), figures.get(against, ()), strict=False)
        ratios = [value / other for value, other in pairs if other]
        return median(ratios) if ratios else None

    def write(self, path: Path) -> None:
        """Write the raw numbers."""
        path.write_text(json.dumps({"about": self.about, "samples": self.samples}, indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        return cls(**json.loads(path.read_text()))
