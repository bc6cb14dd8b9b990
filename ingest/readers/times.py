"""Times in imported transcripts, and the speakers that stand before a colon."""

import math
from typing import Any

LONGEST = 1_000_000.0  # seconds; eleven days


def seconds(value: Any) -> float | None:
    """A number of seconds as we keep it; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return round(number, 3) if math.isfinite(number) and 0 <= number <= LONGEST else None


def span(start: Any, end: Any, *, default: float = 0.0) -> tuple[float, float]:
    """Start and end in seconds, in this order, whatever was given; *default* where no start is."""
    first = seconds(start)
    first = default if first is None else first
    last = seconds(end)
    return first, first if last is None else max(first, last)
