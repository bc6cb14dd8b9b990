"""Growth of the library: sessions and hours of audio by month."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import accumulate

from sqlalchemy import ColumnElement, Select, and_, extract, func, select

from library.access import Viewer, today, visible_sessions
from library.models import MentoringSession, Source
from library.store import Transaction

SPAN = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)
EARLIEST, LATEST = 1970, 9998  # years
MONTH = (
    extract("year", MentoringSession.created_at),
    extract("month", MentoringSession.created_at),
)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Calendar month in UTC, or a calendar year if `month` is None."""

    year: int
    month: int | None = None

    @property
    def name(self) -> str:
        """Span as in URLs: 2026-03, or 2026."""
        return f"{self.year}" if self.month is None else f"{self.year}-{self.month:02}"

    @property
    def first(self) -> datetime:
        """Start of the span (UTC)."""
        return _midnight(date(self.year, self.month or 1, 1))

    @property
    def end(self) -> datetime:
        """Start of the next span (UTC)."""
        if self.month in {None, 12}:
            return _midnight(date(self.year + 1, 1, 1))
        return _midnight(date(self.year, (self.month or 0) + 1, 1))


@dataclass(frozen=True, slots=True)
class Additions:
    """Sessions and audio that were added in a span, and the totals at the end of the span."""

    span: Span
    sessions: int
    seconds: float  # duration of the added audio
    sessions_by_then: int
    seconds_by_then: float


def span_of(text: str) -> Span | None:
    """Parse a span from a URL. Return None if the text is not a span."""
    found = SPAN.fullmatch(text)
    if found is None or not EARLIEST <= int(found[1]) <= LATEST:
        return None
    month = int(found[2]) if found[2] else None
    return Span(int(found[1]), month) if month is None or 1 <= month <= 12 else None


def added_in(span: Span) -> ColumnElement[bool]:
    """Return the condition on `MentoringSession` for sessions added within *span*."""
    added = MentoringSession.created_at
    return and_(added >= span.first, added < span.end)


def growth(db: Transaction, viewer: Viewer) -> list[Additions]:
    """Return, for each month, the added sessions and audio that *viewer* may see.

    The list begins with the month of the first session and ends with the present month. Months
    without additions are included. Without sessions the list is empty.
    """
    added = select(*MONTH, func.count()).where(visible_sessions(viewer)).group_by(*MONTH)
    sessions = _by_month(db, added)
    if not sessions:
        return []
    audio = added.with_only_columns(*MONTH, func.sum(Source.duration)).join(
        Source, Source.session_id == MentoringSession.id
    )
    seconds = _by_month(db, audio)
    months = list(_months(min(sessions), max([*sessions, _present()])))
    return _added_up(
        [(month, int(sessions.get(month, 0)), seconds.get(month, 0.0)) for month in months]
    )


def by_year(months: Sequence[Additions]) -> list[Additions]:
    """Return the additions of each year, as sums of the additions of its months."""
    years: dict[int, list[Additions]] = {}
    for month in months:
        years.setdefault(month.span.year, []).append(month)
    return [
        Additions(
            Span(year),
            sum(month.sessions for month in within),
            sum(month.seconds for month in within),
            within[-1].sessions_by_then,
            within[-1].seconds_by_then,
        )
        for year, within in years.items()
    ]


def _added_up(added: Sequence[tuple[Span, int, float]]) -> list[Additions]:
    sessions = accumulate(count for _, count, _ in added)
    seconds = accumulate(length for _, _, length in added)
    return [
        Additions(*row, by_then, audio)
        for row, by_then, audio in zip(added, sessions, seconds, strict=True)
    ]


def _by_month(db: Transaction, query: Select[int, int, float | None]) -> dict[Span, float]:
    return {Span(int(row[0]), int(row[1])): row[2] or 0 for row in db.execute(query)}


def _months(first: Span, last: Span) -> Iterator[Span]:
    year, month = first.year, first.month or 1
    while (year, month) <= (last.year, last.month or 12):
        yield Span(year, month)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _present() -> Span:
    return Span(today().year, today().month)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
