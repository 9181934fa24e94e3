"""Clocks that tests move."""

import time


class Clock:
    """Seconds that pass only when a test adds them."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class ShiftedClock:
    """The time of day, moved ahead by some seconds."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead
