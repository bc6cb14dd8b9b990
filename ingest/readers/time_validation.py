"""Validation of times in imported transcripts."""

import math
from typing import Any

LONGEST = 1_000_000.0  # seconds (11 days)


def seconds(value: Any) -> float | None:
    """Return *value* as seconds rounded to milliseconds; None if invalid or out of range."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return round(number, 3) if math.isfinite(number) and 0 <= number <= LONGEST else None


def span(start: Any, end: Any, *, default: float = 0.0) -> tuple[float, float]:
    """Return start and end in seconds, with end >= start. *default* replaces an invalid start."""
    first = seconds(start)
    first = default if first is None else first
    last = seconds(end)
    return first, first if last is None else max(first, last)
