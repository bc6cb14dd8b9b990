"""Chapters: named places in a recording, for the table of contents beside its player."""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select

from library.access import Viewer
from library.errors import ConflictError, InvalidInputError
from library.holdings import sources
from library.models import Chapter, Source, SourceKind, now
from library.store import Transaction

MOST = 500  # chapters of one recording
LONGEST_TITLE = 300  # characters

Marks = list[tuple[float, str]]
"""Seconds and title of each chapter."""


class ChangedError(ConflictError):
    """Somebody else has changed these chapters meanwhile. Yours are below; look at both."""


def of(db: Transaction, source_id: int) -> Sequence[Chapter]:
    """The chapters of a source in their order; ask `library.access` for the source first."""
    return db.scalars(
        select(Chapter).where(Chapter.source_id == source_id).order_by(Chapter.start, Chapter.id)
    ).all()


def put(db: Transaction, source: Source, marks: Iterable[tuple[float, str]]) -> None:
    """Let a source have exactly these chapters (seconds, title)."""
    db.execute(delete(Chapter).where(Chapter.source_id == source.id))
    db.add_all(Chapter(source_id=source.id, start=start, title=title) for start, title in marks)


def mark_of(db: Transaction, source_id: int) -> str:
    """What changes whenever the chapters of a source do, as long as an entity tag."""
    listed = [(chapter.start, chapter.title) for chapter in of(db, source_id)]
    return hashlib.sha256(repr(listed).encode()).hexdigest()[:16]


def change(
    db: Transaction, viewer: Viewer, source_id: int, marks: Iterable[tuple[float, str]], known: str
) -> None:
    """Let a recording or transcript have exactly these chapters (seconds, title).

    Args:
        db: the transaction.
        viewer: who wants it so.
        source_id: of what has the chapters.
        marks: in any order.
        known: `mark_of` the chapters that *viewer* has seen; "*" for whatever they are.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        InvalidInputError: there are too many, or one lies behind the end, or this is a note.
        ChangedError: somebody else has changed them meanwhile.
    """
    source = sources.source_to_edit(db, viewer, source_id)
    wanted = checked([list(mark) for mark in marks])
    if source.kind is SourceKind.NOTE:
        raise InvalidInputError("A note has no chapters: it has no seconds.")
    if source.duration and any(start > source.duration for start, _ in wanted):
        raise InvalidInputError("A chapter begins within the recording.")
    if known not in {"*", mark_of(db, source_id)}:
        raise ChangedError
    put(db, source, wanted)
    source.session.updated_at = now()
    db.flush()


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
