"""Times and durations as people read them, and as addresses carry them."""

import re

SPOKEN = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,9}(?:\.\d{1,20})?)s?)?")

CLOCKED = re.compile(r"\d{1,6}(?:\.\d{1,20})?")


def clock(seconds: float) -> str:
    """A time in a recording: 0:07, 12:34, 1:02:05."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def precise(seconds: float) -> str:
    """A time to be changed, to the millisecond where it has one: 12:34, 1:02:05.25."""
    rest = f"{seconds % 1:.3f}"[1:].rstrip("0").rstrip(".")
    return clock(seconds) + rest


def seconds_in(text: str) -> float | None:
    """The seconds in `754`, `754.5`, `12m34s` or `1h2m3s`; None when it is no time."""
    match = SPOKEN.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def seconds_at(text: str) -> float | None:
    """The seconds in a time as people write it: `12:34`, `1:02:03.5`, or as in an address."""
    parts = text.strip().split(":")
    if len(parts) == 1:
        return seconds_in(text)
    if len(parts) > 3 or not all(CLOCKED.fullmatch(part) for part in parts):
        return None
    hours, minutes, seconds = (float(part) for part in ["0", *parts][-3:])
    return hours * 3600 + minutes * 60 + seconds


def in_address(seconds: float) -> str:
    """A time for an address: never later than the words, short where it can be: 754, 754.3."""
    return f"{int(seconds * 10) / 10:.1f}".removesuffix(".0")


def about(seconds: float) -> str:
    """A stretch of time as one guesses it: 10 seconds, 3 minutes, 2 hours."""
    for size, name in ((3600, "hour"), (60, "minute")):
        if seconds >= 0.9 * size:
            count = round(seconds / size)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{max(1, round(seconds / 10)) * 10} seconds"
