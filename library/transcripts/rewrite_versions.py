"""Redaction of words in all saved versions of a transcript, also in earlier versions."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete, func, select

from library.models import Passage, Segment, Source, TranscriptVersion
from library.sessions import passages
from library.sessions.segments import SegmentDraft
from library.speakers import source_speakers
from library.store import Transaction
from library.transcripts.versions import draft_of, segments_of

Cut = Callable[[SegmentDraft], list[SegmentDraft]]
"""Function that returns the remaining parts of a segment: the same segment if nothing changes."""

ORIGIN = "redaction"


def rewrite(db: Transaction, source: Source, cut: Cut, *, author_id: int | None) -> int:
    """Redact words in every version of a transcript; return the number of removed passages.

    A new version becomes the current one, so that people with an unsaved draft are notified.
    Passages that lose no words stay unchanged, at the same URL.

    Args:
        db: Transaction that also stores the redaction.
        source: Source of the transcript.
        cut: Function that returns the remaining parts of a segment.
        author_id: Person who redacts.
    """
    versions = db.scalars(
        select(TranscriptVersion).where(TranscriptVersion.source_id == source.id)
    ).all()
    removed = 0
    for version in versions:
        moved = _rewrite_one(db, version, cut)
        if version.current:
            successor = _successor(db, version, author_id)
            removed = _follow(db, version, successor, moved)
    source_speakers.forget_gone(db, source.id)
    return removed


def redacted_since(db: Transaction, source_id: int, version_id: int) -> bool:
    """Return True if words of the transcript were redacted after a version was saved."""
    later = select(TranscriptVersion.id).where(
        TranscriptVersion.source_id == source_id,
        TranscriptVersion.id > version_id,
        TranscriptVersion.origin == ORIGIN,
    )
    return db.scalar(later.limit(1)) is not None


def drop_earlier(db: Transaction, source_id: int) -> None:
    """Delete every version of a transcript except the current one."""
    db.execute(
        delete(TranscriptVersion).where(
            TranscriptVersion.source_id == source_id, TranscriptVersion.current.is_(False)
        )
    )


def _rewrite_one(
    db: Transaction, version: TranscriptVersion, cut: Cut
) -> dict[int, tuple[int, int] | None]:
    """Rewrite the segments of a version. Return the new (first, last) ordinals by old ordinal.

    The value is None for a segment that changed.
    """
    rows = segments_of(db, version.id)
    pieces = [
        (row, place, draft, parts == [draft_of(row)])
        for row in rows
        for parts in [cut(draft_of(row))]
        for place, draft in enumerate(parts)
    ]
    # With overlapping speech, the second part of a split segment can begin after the next segment.
    pieces.sort(key=lambda piece: piece[2].start or 0.0)
    moved: dict[int, tuple[int, int] | None] = dict.fromkeys((row.ordinal for row in rows), None)
    kept_rows = {row.id for row, *_ in pieces}
    for row in rows:
        if row.id not in kept_rows:
            db.delete(row)
    for ordinal, (row, place, draft, same) in enumerate(pieces):
        if same:
            moved[row.ordinal] = (ordinal, ordinal)
        target = row if place == 0 else Segment(**_columns(row))
        target.text, target.start, target.end = draft.text, draft.start, draft.end
        target.words = [list(word) for word in draft.words]
        if place:
            db.add(target)
        target.ordinal = ordinal
    db.flush()
    return moved


def _successor(
    db: Transaction, version: TranscriptVersion, author_id: int | None
) -> TranscriptVersion:
    """Return a new current version with the segments of *version*."""
    last = select(func.max(TranscriptVersion.number)).where(
        TranscriptVersion.source_id == version.source_id
    )
    version.current = False
    successor = TranscriptVersion(
        source_id=version.source_id,
        number=(db.scalar(last) or 0) + 1,
        origin=ORIGIN,
        model=version.model,
        language=version.language,
        created_at=version.created_at,  # the text is as old as that of *version*
        author_id=author_id,
    )
    db.add(successor)
    db.flush()
    for row in segments_of(db, version.id):
        db.add(Segment(**_columns(row) | {"version_id": successor.id, "ordinal": row.ordinal}))
    db.flush()
    return successor


def _follow(
    db: Transaction,
    version: TranscriptVersion,
    successor: TranscriptVersion,
    moved: dict[int, tuple[int, int] | None],
) -> int:
    """Move the passages of a version to its successor; remove and count changed passages.

    *moved* is the result of `_rewrite_one`.
    """
    found = db.scalars(select(Passage).where(Passage.source_id == version.source_id)).all()
    changed: list[int] = []
    for passage in found:
        places = [moved.get(i) for i in range(passage.first_segment, passage.last_segment + 1)]
        unchanged = [place for place in places if place is not None]
        if passage.version_id != version.id or len(unchanged) < len(places):
            changed.append(passage.id)
            continue
        passage.version_id = successor.id
        passage.first_segment = min(place[0] for place in unchanged)
        passage.last_segment = max(place[1] for place in unchanged)
    db.flush()
    passages.remove(db, changed)
    return len(changed)


def _columns(row: Segment) -> dict[str, Any]:
    """Return all columns of a segment row except the id."""
    names: Sequence[str] = [c.key for c in Segment.__table__.columns if c.key != "id"]
    return {name: getattr(row, name) for name in names}
