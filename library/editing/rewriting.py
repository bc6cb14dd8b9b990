"""Versions of a transcript that lose words in place: the one change that a version can suffer."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import delete, func, select

from library.editing import speakers
from library.editing.segments import SegmentDraft
from library.editing.transcripts import draft_of, segments_of
from library.holdings import passages
from library.models import Passage, Segment, Source, TranscriptVersion
from library.store import Transaction

Cut = Callable[[SegmentDraft], list[SegmentDraft]]
"""What is left of a segment; the segment itself, unchanged, where nothing was in it to go."""

ORIGIN = "redaction"


def rewrite(db: Transaction, source: Source, cut: Cut, *, author_id: int | None) -> int:
    """Take words out of every version of a source's transcript; gives how many passages went.

    The current version gets a successor, so that whoever is correcting it is told. Passages whose
    words are all still there stay as they are, at the same address.

    Args:
        db: the transaction that also notes what is off the record.
        source: whose transcript it is.
        cut: what is left of each segment.
        author_id: who takes it off the record.
    """
    versions = db.scalars(
        select(TranscriptVersion).where(TranscriptVersion.source_id == source.id)
    ).all()
    gone = 0
    for version in versions:
        moved = _rewrite_one(db, version, cut)
        if version.current:
            successor = _successor(db, version, author_id)
            gone = _follow(db, version, successor, moved)
    speakers.forget_gone(db, source.id)
    return gone


def since(db: Transaction, source_id: int, version_id: int) -> bool:
    """Whether words were taken out of a source's transcript after a version was made."""
    later = select(TranscriptVersion.id).where(
        TranscriptVersion.source_id == source_id,
        TranscriptVersion.id > version_id,
        TranscriptVersion.origin == ORIGIN,
    )
    return db.scalar(later.limit(1)) is not None


def drop_earlier(db: Transaction, source_id: int) -> None:
    """Forget every version but the current one."""
    db.execute(
        delete(TranscriptVersion).where(
            TranscriptVersion.source_id == source_id, TranscriptVersion.current.is_(False)
        )
    )


def _rewrite_one(
    db: Transaction, version: TranscriptVersion, cut: Cut
) -> dict[int, tuple[int, int] | None]:
    """Rewrite a version's rows; where each old segment is now: first, last; None: changed."""
    rows = segments_of(db, version.id)
    pieces = [
        (row, place, draft, kept == [draft_of(row)])
        for row in rows
        for kept in [cut(draft_of(row))]
        for place, draft in enumerate(kept)
    ]
    # Where people talk at once, the second half of a cut segment begins after its neighbour.
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
    """A version with the same segments, in the place of *version*."""
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
        created_at=version.created_at,  # since when the library has these words
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
    """Bring a version's passages to its successor; those that lost a word go, and are counted."""
    found = db.scalars(select(Passage).where(Passage.source_id == version.source_id)).all()
    changed: list[int] = []
    for passage in found:
        places = [moved.get(i) for i in range(passage.first_segment, passage.last_segment + 1)]
        whole = [place for place in places if place is not None]
        if passage.version_id != version.id or len(whole) < len(places):
            changed.append(passage.id)
            continue
        passage.version_id = successor.id
        passage.first_segment = min(place[0] for place in whole)
        passage.last_segment = max(place[1] for place in whole)
    db.flush()
    passages.remove(db, changed)
    return len(changed)


def _columns(row: Segment) -> dict[str, Any]:
    """Everything that a segment's row holds but its id, whatever columns it has."""
    names: Sequence[str] = [c.key for c in Segment.__table__.columns if c.key != "id"]
    return {name: getattr(row, name) for name in names}
