"""Timestamps in the format that ACS uses."""

from datetime import UTC, datetime


def format_timestamp(seconds: float) -> str:
    """Return a time such as ``2023-01-10T14:18:20.1501519+00:00``.

    Args:
        seconds: Seconds since 1970.
    """
    # .NET writes seven digits of a second. Python has six, so the last digit is always 0.
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%f}0+00:00"
