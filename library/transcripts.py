"""Transcripts: immutable versions made of segments."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from library import people
from library.models import Segment, Source, TranscriptVersion
from library.store import Transaction


@dataclass(frozen=True, kw_only=True)
class SegmentDraft:
    """What one speaker said from `start` to `end` seconds; a paragraph of a note has neither."""

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str = ""
    words: Sequence[tuple[str, float, float, float]] = ()  # text, start, end (s), probability
    suspect: str = ""  # why it must not be indexed


def save_version(
    db: Transaction,
    source: Source,
    segments: Sequence[SegmentDraft],
    *,
    origin: str,
    model: str = "",
    language: str = "",
    author_id: int | None = None,
) -> TranscriptVersion:
    """The next version of a source's transcript; it becomes the current one.

    Speakers who are named become people of the library. That alone makes nobody a participant:
    a name in a file must not open a private session to whoever has that name.
    """
    last = db.scalar(
        select(func.max(TranscriptVersion.number)).where(TranscriptVersion.source_id == source.id)
    )
    db.execute(
        update(TranscriptVersion)
        .where(TranscriptVersion.source_id == source.id)
        .values(current=False)
    )
    version = TranscriptVersion(
        source_id=source.id,
        number=(last or 0) + 1,
        origin=origin,
        model=model,
        language=language,
        author_id=author_id,
    )
    db.add(version)
    db.flush()
    ids = {name: people.voice(db, name).id for name in {s.speaker for s in segments if s.speaker}}
    db.add_all(
        Segment(
            version_id=version.id,
            ordinal=ordinal,
            speaker=s.speaker,
            person_id=ids.get(s.speaker),
            start=s.start,
            end=s.end,
            text=s.text,
            words=[list(w) for w in s.words],
            suspect=s.suspect,
        )
        for ordinal, s in enumerate(segments)
    )
    db.flush()
    return version


def current_version(db: Transaction, source_id: int) -> TranscriptVersion | None:
    """The version of a source's transcript that is read, searched and exported."""
    return db.scalar(
        select(TranscriptVersion).where(
            TranscriptVersion.source_id == source_id, TranscriptVersion.current
        )
    )


def segments_of(db: Transaction, version_id: int) -> Sequence[Segment]:
    """A version's segments in their order."""
    return db.scalars(
        select(Segment).where(Segment.version_id == version_id).order_by(Segment.ordinal)
    ).all()


def drafts_of(db: Transaction, version_id: int) -> list[SegmentDraft]:
    """A version's segments as values that outlive the transaction."""
    return [
        SegmentDraft(
            text=s.text,
            start=s.start,
            end=s.end,
            speaker=s.speaker,
            words=[(w[0], w[1], w[2], w[3]) for w in s.words],
            suspect=s.suspect,
        )
        for s in segments_of(db, version_id)
    ]


def spoken_in(db: Transaction, version_id: int, first: int, last: int) -> Sequence[Segment]:
    """The segments *first* to *last*, both inclusive, of a version; none if it is not current."""
    return db.scalars(
        select(Segment)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .where(
            Segment.version_id == version_id,
            TranscriptVersion.current,
            Segment.ordinal.between(first, last),
        )
        .order_by(Segment.ordinal)
    ).all()
