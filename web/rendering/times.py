"""Formatting and parsing of times and durations for pages and URLs."""

import re
from datetime import date

from flask_babel import format_date

from library.translation import gettext, ngettext

SPOKEN = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,9}(?:\.\d{1,20})?)s?)?")

CLOCKED = re.compile(r"\d{1,6}(?:\.\d{1,20})?")


def day(when: date) -> str:
    """Format a date in the language of the page, such as "3 March 2026"."""
    return str(format_date(when, gettext("d MMMM y")))  # a CLDR pattern, which translators adapt


def clock(seconds: float) -> str:
    """Format seconds as 0:07, 12:34 or 1:02:05."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def precise(seconds: float) -> str:
    """Format seconds with millisecond precision, such as 12:34 or 1:02:05.25."""
    rest = f"{seconds % 1:.3f}"[1:].rstrip("0").rstrip(".")
    return clock(seconds) + rest


def seconds_in(text: str) -> float | None:
    """Parse `754`, `754.5`, `12m34s` or `1h2m3s` into seconds; None if it is not a time."""
    match = SPOKEN.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def seconds_at(text: str) -> float | None:
    """Parse `12:34`, `1:02:03.5` or a URL time into seconds; None if it is not a time."""
    parts = text.strip().split(":")
    if len(parts) == 1:
        return seconds_in(text)
    if len(parts) > 3 or not all(CLOCKED.fullmatch(part) for part in parts):
        return None
    hours, minutes, seconds = (float(part) for part in ["0", *parts][-3:])
    return hours * 3600 + minutes * 60 + seconds


def in_address(seconds: float) -> str:
    """Format seconds for a URL, rounded down to 0.1 s, such as 754 or 754.3."""
    return f"{int(seconds * 10) / 10:.1f}".removesuffix(".0")


def about(seconds: float) -> str:
    """Format an estimated duration such as "10 seconds", "3 minutes" or "2 hours"."""
    if seconds >= 0.9 * 3600:
        return ngettext("%(num)s hour", "%(num)s hours", round(seconds / 3600))
    if seconds >= 0.9 * 60:
        return ngettext("%(num)s minute", "%(num)s minutes", round(seconds / 60))
    return ngettext("%(num)s second", "%(num)s seconds", max(1, round(seconds / 10)) * 10)
