"""Transcript versions: immutable lists of segments."""

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from library.access import Viewer, session_to_edit
from library.consent import release
from library.errors import ConflictError, NotFoundError
from library.models import Person, Redaction, Segment, Source, SourceKind, TranscriptVersion
from library.sessions import note_authors
from library.sessions.segments import SegmentDraft as SegmentDraft  # noqa: PLC0414 - both go together
from library.speakers import source_speakers
from library.speakers.label_people import NO_CHOICES, Choices
from library.store import Transaction
from library.transcripts import redact_words
from library.translation import mark

UNCORRECTED_ORIGINS = ("whisper", "import", "note")  # origins of uncorrected versions
UNNAMED = re.compile(r"(speaker|voice)[ _-]?\d+", re.IGNORECASE)  # label without a name


class NewerVersionError(ConflictError):
    """Error for changes to a version that another person has replaced."""

    message = mark(
        "Another person saved a newer version of this transcript. Your changes are kept. Reload "
        "the page to merge them."
    )


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
    """Save the next version of a source's transcript as the current version.

    Named speakers become people of the library, but not participants. A name in a file must not
    give access to a private session. Words in redacted ranges are left out.

    Args:
        db: Transaction.
        source: Source of the transcript.
        segments: Segments of the version.
        origin: Origin of the version: whisper, import, note, correction, merged.
        model: Model that made the transcript.
        language: Spoken language (BCP 47).
        author_id: Person who saved it. New names count as confirmed by this person.
        settle: If True, the release is recomputed. False if another version follows at once.
        choices: Chosen people for ambiguous names.
        asker: Viewer who can choose for ambiguous names. If None, the release waits.

    Raises:
        AmbiguousNameError: *asker* must choose a person for a name.
        InvalidInputError: A choice is not a person of that name known to *asker*.
    """
    segments = without_redacted(db, source.id, segments, origin=origin)
    if origin in UNCORRECTED_ORIGINS:
        source_speakers.forget_placeholders(db, source.id)
        segments = source_speakers.claim_alone(db, source, segments)
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
    by = None if origin in UNCORRECTED_ORIGINS else author_id
    labels = {segment.speaker for segment in segments}
    ids = source_speakers.identify(db, source, labels, by=by, choices=choices, asker=asker)
    if (
        source.kind is SourceKind.NOTE
        and (author := note_authors.author_of_source(source)) is not None
    ):
        ids[""] = author
    _put_segments(db, version, segments, ids)
    if settle:
        release.refresh(db, source.session)
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
    if rows:  # one bulk insert: three hours have thousands of segments
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
        AmbiguousNameError: A new name is ambiguous, and *choices* has no choice for it.
        NotFoundError: *viewer* may not see the source, or it has no transcript yet.
        NotAllowedError: *viewer* may not change the source.
        NewerVersionError: *base_id* is not the current version.
    """
    session_to_edit(db, viewer, source.session_id)
    current = current_version(db, source.id)
    if current is None:
        raise NotFoundError(
            "This source has no transcript yet. Try again when the transcription is finished."
        )
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
    """Return True if a speaker label is a name, not blank or a placeholder ("Speaker 2")."""
    return bool(speaker.strip()) and UNNAMED.fullmatch(speaker.strip()) is None


def versions_of(
    db: Transaction, source_id: int
) -> Sequence[tuple[TranscriptVersion, Person | None]]:
    """Return all versions of a transcript with their authors, newest first."""
    rows = db.execute(
        select(TranscriptVersion, Person)
        .outerjoin(Person, Person.id == TranscriptVersion.author_id)
        .where(TranscriptVersion.source_id == source_id)
        .order_by(TranscriptVersion.number.desc())
    )
    return [(row[0], row[1]) for row in rows]


def version_of(db: Transaction, source_id: int, number: int) -> TranscriptVersion:
    """Return the version of a source's transcript with this number.

    Raises:
        NotFoundError: The version does not exist.
    """
    version = db.scalar(
        select(TranscriptVersion).where(
            TranscriptVersion.source_id == source_id, TranscriptVersion.number == number
        )
    )
    if version is None:
        raise NotFoundError("This version of the transcript was not found.")
    return version


def last_uncorrected(db: Transaction, source_id: int) -> TranscriptVersion | None:
    """Return the newest uncorrected version of a source's transcript, or None."""
    return db.scalar(
        select(TranscriptVersion)
        .where(
            TranscriptVersion.source_id == source_id,
            TranscriptVersion.origin.in_(UNCORRECTED_ORIGINS),
        )
        .order_by(TranscriptVersion.number.desc())
        .limit(1)
    )


def current_version(db: Transaction, source_id: int) -> TranscriptVersion | None:
    """Return the current version of a transcript (read, indexed and exported), or None."""
    return db.scalar(
        select(TranscriptVersion).where(
            TranscriptVersion.source_id == source_id, TranscriptVersion.current
        )
    )


def redacted_ranges(db: Transaction, source_id: int) -> list[redact_words.Range]:
    """Return the redacted ranges of a source in seconds, sorted by start."""
    rows = db.execute(
        select(Redaction.start, Redaction.end)
        .where(Redaction.source_id == source_id, Redaction.start.is_not(None))
        .order_by(Redaction.start)
    )
    return [(row.start, row.end) for row in rows]


def without_redacted(
    db: Transaction, source_id: int, segments: Sequence[SegmentDraft], *, origin: str
) -> list[SegmentDraft]:
    """Return *segments* without the words in redacted ranges.

    An automatic or imported segment without word times is removed as a whole. A correction is based
    on a transcript without those words, so estimated times are used.
    """
    if not (ranges := redacted_ranges(db, source_id)):
        return list(segments)
    return redact_words.without(segments, ranges, guessing=origin not in UNCORRECTED_ORIGINS)


def segments_of(db: Transaction, version_id: int) -> Sequence[Segment]:
    """Return the segments of a version in order."""
    return db.scalars(
        select(Segment).where(Segment.version_id == version_id).order_by(Segment.ordinal)
    ).all()


def drafts_of(db: Transaction, version_id: int) -> list[SegmentDraft]:
    """Return the segments of a version as values that do not depend on the transaction."""
    columns = (getattr(Segment, field.name) for field in fields(SegmentDraft))
    rows = db.execute(
        select(*columns).where(Segment.version_id == version_id).order_by(Segment.ordinal)
    )
    return [draft_of(row) for row in rows]


def draft_of(segment: Segment | Row[Any]) -> SegmentDraft:
    """Return a segment row as a `SegmentDraft`."""
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
    """Return segments *first* to *last* (both inclusive); none if the version is not current."""
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
