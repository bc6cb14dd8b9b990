"""Transcripts: immutable versions made of segments."""

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from library.access import Viewer, session_to_edit
from library.consent import release
from library.editing import cutting, speakers
from library.editing.segments import SegmentDraft as SegmentDraft  # noqa: PLC0414 - both go together
from library.editing.speaker_names import NO_CHOICES, Choices
from library.errors import ConflictError, NotFoundError
from library.holdings import authors
from library.models import Person, Redaction, Segment, Source, SourceKind, TranscriptVersion
from library.store import Transaction

HEARD = ("whisper", "import", "note")  # origins of versions that nobody has corrected yet
UNNAMED = re.compile(r"(speaker|voice)[ _-]?\d+", re.IGNORECASE)  # a voice that has no name yet


class NewerVersionError(ConflictError):
    """Somebody else saved this transcript meanwhile. Your changes are kept."""


def save_version(
    db: Transaction,
    source: Source,
    segments: Sequence[SegmentDraft],
    *,
    origin: str,
    model: str = "",
    language: str = "",
    author_id: int | None = None,
    settle: bool = True,
    choices: Choices = NO_CHOICES,
    asker: Viewer | None = None,
) -> TranscriptVersion:
    """Save the next version of a source's transcript; it becomes the current one.

    Speakers who are named become people of the library. That alone makes nobody a participant:
    a name in a file must not open a private session to whoever has that name. Words in a stretch
    that is off the record are left out.

    Args:
        db: the transaction.
        source: whose transcript it is.
        segments: its lines.
        origin: what made it: whisper, import, note, correction, merged.
        model: which model heard it.
        language: in which it is spoken (BCP 47).
        author_id: the person who saved it; names that are new in it are theirs.
        settle: whether the release follows at once; False where another version comes right after.
        choices: who was chosen for names that several people have.
        asker: who can be asked about such a name; None: no person is there, and the release waits.

    Raises:
        AmbiguousNameError: *asker* has to choose.
        InvalidInputError: a choice is not a person whom *asker* knows by that name.
    """
    segments = on_the_record(db, source.id, segments, origin=origin)
    if origin in HEARD:
        speakers.forget_placeholders(db, source.id)
        segments = speakers.claim_alone(db, source, segments)
    version = TranscriptVersion(
        source_id=source.id,
        number=_next_number(db, source),
        origin=origin,
        model=model,
        language=language,
        author_id=author_id,
    )
    db.execute(
        update(TranscriptVersion)
        .where(TranscriptVersion.source_id == source.id)
        .values(current=False)
    )
    db.add(version)
    db.flush()
    by = None if origin in HEARD else author_id
    labels = {segment.speaker for segment in segments}
    ids = speakers.identify(db, source, labels, by=by, choices=choices, asker=asker)
    if source.kind is SourceKind.NOTE and (author := authors.author_of_source(source)) is not None:
        ids[""] = author
    _put_segments(db, version, segments, ids)
    if settle:
        release.settle(db, source.session)
    return version


def _next_number(db: Transaction, source: Source) -> int:
    newest = select(func.max(TranscriptVersion.number)).where(
        TranscriptVersion.source_id == source.id
    )
    return (db.scalar(newest) or 0) + 1


def _put_segments(
    db: Transaction,
    version: TranscriptVersion,
    segments: Sequence[SegmentDraft],
    ids: dict[str, int],
) -> None:
    rows = [
        {
            "version_id": version.id,
            "ordinal": ordinal,
            "speaker": s.speaker,
            "person_id": ids.get(s.speaker),
            "start": s.start,
            "end": s.end,
            "text": s.text,
            "words": [list(w) for w in s.words],
            "suspect": s.suspect,
            "place": s.place,
        }
        for ordinal, s in enumerate(segments)
    ]
    if rows:  # as plain rows: three hours have thousands
        db.execute(insert(Segment), rows)


def save_correction(
    db: Transaction,
    viewer: Viewer,
    source: Source,
    *,
    base_id: int,
    segments: Sequence[SegmentDraft],
    origin: str = "correction",
    choices: Choices = NO_CHOICES,
) -> TranscriptVersion:
    """Save the next version of a transcript, corrected by *viewer* from the version *base_id*.

    Raises:
        AmbiguousNameError: several people may be meant by a new name, and *choices* says nothing.
        NotFoundError: *viewer* may not see the source, or it has no transcript yet.
        NotAllowedError: *viewer* may not change it.
        NewerVersionError: *base_id* is not the current version any more.
    """
    session_to_edit(db, viewer, source.session_id)
    current = current_version(db, source.id)
    if current is None:
        raise NotFoundError("There is no transcript to correct yet.")
    if current.id != base_id:
        raise NewerVersionError
    return save_version(
        db,
        source,
        segments,
        origin=origin,
        model=current.model,
        language=current.language,
        author_id=viewer.person_id,
        choices=choices,
        asker=viewer,
    )


def is_name(speaker: str) -> bool:
    """Whether a speaker is called by a name, and not only told apart as "Speaker 2"."""
    return bool(speaker.strip()) and UNNAMED.fullmatch(speaker.strip()) is None


def versions_of(
    db: Transaction, source_id: int
) -> Sequence[tuple[TranscriptVersion, Person | None]]:
    """All versions of a source's transcript with who made them, the newest first."""
    rows = db.execute(
        select(TranscriptVersion, Person)
        .outerjoin(Person, Person.id == TranscriptVersion.author_id)
        .where(TranscriptVersion.source_id == source_id)
        .order_by(TranscriptVersion.number.desc())
    )
    return [(row[0], row[1]) for row in rows]


def version_of(db: Transaction, source_id: int, number: int) -> TranscriptVersion:
    """The version of a source's transcript with this number.

    Raises:
        NotFoundError: there is none.
    """
    version = db.scalar(
        select(TranscriptVersion).where(
            TranscriptVersion.source_id == source_id, TranscriptVersion.number == number
        )
    )
    if version is None:
        raise NotFoundError("There is no such version of this transcript.")
    return version


def last_heard(db: Transaction, source_id: int) -> TranscriptVersion | None:
    """The newest version of a source's transcript that nobody has corrected."""
    return db.scalar(
        select(TranscriptVersion)
        .where(TranscriptVersion.source_id == source_id, TranscriptVersion.origin.in_(HEARD))
        .order_by(TranscriptVersion.number.desc())
        .limit(1)
    )


def current_version(db: Transaction, source_id: int) -> TranscriptVersion | None:
    """The version of a source's transcript that is read, searched and exported."""
    return db.scalar(
        select(TranscriptVersion).where(
            TranscriptVersion.source_id == source_id, TranscriptVersion.current
        )
    )


def off_record(db: Transaction, source_id: int) -> list[cutting.Range]:
    """The stretches of a source that no transcript may fill, in seconds, as they come."""
    rows = db.execute(
        select(Redaction.start, Redaction.end)
        .where(Redaction.source_id == source_id, Redaction.start.is_not(None))
        .order_by(Redaction.start)
    )
    return [(row.start, row.end) for row in rows]


def on_the_record(
    db: Transaction, source_id: int, segments: Sequence[SegmentDraft], *, origin: str
) -> list[SegmentDraft]:
    """*segments* without the words in stretches that are off the record.

    A line of a machine or a file that does not know when its words were said goes as a whole; a
    person's correction is of a transcript that had lost those words already.
    """
    if not (ranges := off_record(db, source_id)):
        return list(segments)
    return cutting.without(segments, ranges, guessing=origin not in HEARD)


def segments_of(db: Transaction, version_id: int) -> Sequence[Segment]:
    """A version's segments in their order."""
    return db.scalars(
        select(Segment).where(Segment.version_id == version_id).order_by(Segment.ordinal)
    ).all()


def drafts_of(db: Transaction, version_id: int) -> list[SegmentDraft]:
    """A version's segments as values that outlive the transaction."""
    columns = (getattr(Segment, field.name) for field in fields(SegmentDraft))
    rows = db.execute(
        select(*columns).where(Segment.version_id == version_id).order_by(Segment.ordinal)
    )
    return [draft_of(row) for row in rows]


def draft_of(segment: Segment | Row[Any]) -> SegmentDraft:
    """A segment as a value."""
    return SegmentDraft(
        text=segment.text,
        start=segment.start,
        end=segment.end,
        speaker=segment.speaker,
        words=[(w[0], w[1], w[2], w[3]) for w in segment.words],
        suspect=segment.suspect,
        place=segment.place,
    )


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
