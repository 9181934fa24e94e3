"""The clock that both emulated services read."""

from collections.abc import Callable

Clock = Callable[[], float]
"""Returns the current time in seconds since 1970. Tests pass a clock that they can move."""
