"""Chapters: named places in a recording, for the table of contents beside its player."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select

from library.errors import InvalidInputError
from library.models import Chapter, Source
from library.store import Transaction

MOST = 500  # chapters of one recording
LONGEST_TITLE = 300  # characters

Marks = list[tuple[float, str]]
"""Seconds and title of each chapter."""


def of(db: Transaction, source_id: int) -> Sequence[Chapter]:
    """The chapters of a source in their order; ask `library.access` for the source first."""
    return db.scalars(
        select(Chapter).where(Chapter.source_id == source_id).order_by(Chapter.start, Chapter.id)
    ).all()


def put(db: Transaction, source: Source, marks: Iterable[tuple[float, str]]) -> None:
    """Let a source have exactly these chapters (seconds, title)."""
    db.execute(delete(Chapter).where(Chapter.source_id == source.id))
    db.add_all(Chapter(source_id=source.id, start=start, title=title) for start, title in marks)


def checked(given: object) -> Marks:
    """Chapters as a program sent them: pairs of seconds and title, put in order.

    Raises:
        InvalidInputError: they are of another shape, or there are too many.
    """
    if not isinstance(given, list) or len(given) > MOST:
        raise InvalidInputError(f"Chapters are a list of at most {MOST} pairs of second and title.")
    return sorted(_pair(one) for one in given)


def _pair(given: object) -> tuple[float, str]:
    match given:
        case [int() | float() as start, str() as title] if 0 <= start < 1e6:
            shown = "".join(c for c in title if c.isprintable()).strip()
            return round(float(start), 3), shown[:LONGEST_TITLE] or "Chapter"
        case _:
            raise InvalidInputError("A chapter is a pair: its second, and its title as text.")
