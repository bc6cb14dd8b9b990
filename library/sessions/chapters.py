"""Chapters: named moments of a recording, listed beside its player."""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select

from library.access import Viewer
from library.errors import ConflictError, InvalidInputError
from library.models import Chapter, Source, SourceKind, now
from library.sessions import sources
from library.store import Transaction
from library.translation import mark

MOST = 500  # chapters of one recording
LONGEST_TITLE = 300  # characters

Marks = list[tuple[float, str]]
"""Start (seconds) and title of each chapter."""


class ChangedError(ConflictError):
    """Error for chapters that were changed in the meantime."""

    message = mark(
        "The chapters were changed after you opened them. Compare the chapters on the session's "
        "page with yours before you save again."
    )


def of(db: Transaction, source_id: int) -> Sequence[Chapter]:
    """Return the chapters of a source by start. The caller checks access to the source."""
    return db.scalars(
        select(Chapter).where(Chapter.source_id == source_id).order_by(Chapter.start, Chapter.id)
    ).all()


def replace(db: Transaction, source: Source, marks: Iterable[tuple[float, str]]) -> None:
    """Replace the chapters of a source with pairs of start (seconds) and title."""
    db.execute(delete(Chapter).where(Chapter.source_id == source.id))
    db.add_all(Chapter(source_id=source.id, start=start, title=title) for start, title in marks)


def entity_tag(db: Transaction, source_id: int) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of a source's chapters, for an entity tag."""
    listed = [(chapter.start, chapter.title) for chapter in of(db, source_id)]
    return hashlib.sha256(repr(listed).encode()).hexdigest()[:16]


def change(
    db: Transaction, viewer: Viewer, source_id: int, marks: Iterable[tuple[float, str]], known: str
) -> None:
    """Replace the chapters of a recording or transcript, unless they changed in the meantime.

    Args:
        db: open write transaction.
        viewer: person who edits.
        source_id: recording or transcript.
        marks: pairs of start (seconds) and title, in any order.
        known: `entity_tag` of the chapters that *viewer* has seen; "*" skips the comparison.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        InvalidInputError: a chapter is not valid or starts after the end, there are too many, or
            the source is a note.
        ChangedError: the chapters have changed since *viewer* read them.
    """
    source = sources.source_to_edit(db, viewer, source_id)
    chapters = validated([list(mark) for mark in marks])
    if source.kind is SourceKind.NOTE:
        raise InvalidInputError("A note has no times, so it cannot have chapters.")
    if source.duration and any(start > source.duration for start, _ in chapters):
        raise InvalidInputError("Each chapter must begin before the end of the recording.")
    if known not in {"*", entity_tag(db, source_id)}:
        raise ChangedError
    replace(db, source, chapters)
    source.session.updated_at = now()
    db.flush()


def validated(given: object) -> Marks:
    """Return validated chapters, sorted by start in seconds.

    Raises:
        InvalidInputError: the value is not a list of pairs, or there are too many.
    """
    if not isinstance(given, list) or len(given) > MOST:
        raise InvalidInputError(
            "Chapters must be a list of at most %(most)s pairs of start (seconds) and title.",
            most=MOST,
        )
    return sorted(_pair(one) for one in given)


def _pair(given: object) -> tuple[float, str]:
    match given:
        case [int() | float() as start, str() as title] if 0 <= start < 1e6:
            clean_title = "".join(c for c in title if c.isprintable()).strip()
            return round(float(start), 3), clean_title[:LONGEST_TITLE] or "Chapter"
        case _:
            raise InvalidInputError(
                "Each chapter must be a pair of start (seconds) and title (text)."
            )
