"""Hypothesis as a source of input that is nearly valid."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.properties.inputs import Source

Made = TypeVar("Made")

# Some values are built of many choices; how long that takes says nothing on a busy machine.
few = settings(
    max_examples=100, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


class HypothesisSource:
    """The choices of one example."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def number(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def text(self) -> str:
        return self._draw(any_text)


any_text = st.text(st.characters())  # lone surrogates too
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def nearly(draw: st.DrawFn, make: Callable[[Source], Made]) -> Made:
    """Draw what a function of `inputs` makes."""
    return make(HypothesisSource(draw))
