"""Redaction ("off the record"): remove a range of a source from words, sound, vectors and copies.

The database changes in one transaction: from then on the range is not found, read or played. Then
`erasure` deletes the files, and the worker rewrites the recording. If a process is killed in
between, the next process finishes the work.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from library import audit
from library.access import Viewer
from library.consent import proposals, release
from library.errors import ConflictError, InvalidInputError
from library.models import (
    Originals,
    Passage,
    Redaction,
    Source,
    SourceKind,
    Stage,
    State,
    TranscriptVersion,
    now,
    word_marks,
)
from library.models.word_marks import OnRedaction
from library.removal import quotation_scan, quoted_words, redact_transcript, redacted_wording
from library.removal.originals import policy_for, replace_text
from library.removal.quotation_scan import QuotationScan
from library.sessions import erasure, passages, removal_record, sources
from library.sessions.erasure import ErasurePlan, RemovalSubject
from library.sessions.segments import SegmentDraft
from library.speakers import voice_prints
from library.store import Library, Transaction
from library.transcripts import redact_words
from library.transcripts import versions as transcripts
from library.transcripts.redact_words import Range

SHORTEST = 0.001  # seconds; a shorter range is empty


@dataclass(frozen=True)
class TimeRange:
    """Time range of a recording or an imported transcript, in seconds."""

    source_id: int
    start: float
    end: float


@dataclass(frozen=True)
class Wording:
    """Text in a paragraph (0 is the first) of a note. An empty text means the whole paragraph."""

    source_id: int
    paragraph: int
    text: str = ""


Chosen = TimeRange | Wording


@dataclass(frozen=True, kw_only=True)
class LocatedRange:
    """Chosen range, located in the current transcript of a source."""

    start: float | None  # seconds, at word boundaries; None in a note
    end: float | None
    words: str  # one line for each segment


@dataclass(frozen=True, kw_only=True)
class RedactionPreview:
    """Effect of a redaction, shown for confirmation."""

    start: float | None  # seconds, at word boundaries; None in a note
    end: float | None
    words: str  # one line for each segment
    versions: int
    passages: int
    sound: bool
    picture: bool  # True if the video picture is removed: only its sound is kept
    originals: Originals


def loss(library: Library, db: Transaction, viewer: Viewer, chosen: Chosen) -> RedactionPreview:
    """Return a preview of what a redaction of *chosen* removes. Nothing is changed.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        InvalidInputError: the range is not valid, or the paragraph does not contain the text.
        ConflictError: the source has no transcript yet.
    """
    source = sources.source_to_edit(db, viewer, chosen.source_id)
    located = place(db, source, chosen)
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id == source.id)
    if isinstance(chosen, TimeRange):
        hit = (Passage.start < located.end) & (Passage.end > located.start)
    else:
        hit = (Passage.first_segment <= chosen.paragraph) & (
            Passage.last_segment >= chosen.paragraph
        )
    found = select(Passage.id).where(Passage.source_id == source.id, hit)
    sound = source.kind is SourceKind.RECORDING
    return RedactionPreview(
        start=located.start,
        end=located.end,
        words=located.words,
        versions=len(db.scalars(versions).all()),
        passages=len(db.scalars(found).all()),
        sound=sound,
        picture=sound and source.has_video,
        originals=policy_for(library.settings, db, source.session_id),
    )


def place(db: Transaction, source: Source, chosen: Chosen) -> LocatedRange:
    """Locate *chosen* in the current transcript of a source.

    Raises:
        InvalidInputError: the range is not valid, or the paragraph does not contain the text.
        ConflictError: the source has no transcript yet.
    """
    segments = _segments(db, source)
    if isinstance(chosen, Wording):
        return LocatedRange(start=None, end=None, words=_checked_text(source, segments, chosen))
    start, end = _checked(source, segments, (chosen.start, chosen.end))
    words = redact_words.removed_text(segments, [(start, end)])
    return LocatedRange(start=start, end=end, words=words)


def redact(
    library: Library, viewer: Viewer, chosen: Chosen, *, proposal_id: int | None = None
) -> RedactionPreview:
    """Redact *chosen* and return what was removed. The caller passes the source to the queue.

    With *proposal_id*, redact only if the proposal is still open. A repeated call removes nothing
    more. Earlier versions of a note are deleted completely: the words cannot be located in them.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        InvalidInputError: the range is not valid, or the paragraph does not contain the text.
        ConflictError: the source has no transcript yet, or the proposal is no longer open.
    """
    with library.reading() as db:
        session = sources.source_to_edit(db, viewer, chosen.source_id).session
        compared = quotation_scan.compare(db, session, [])
    with library.transaction(on_full_disk=True) as db:
        preview = loss(library, db, viewer, chosen)
        source = sources.get(db, chosen.source_id)
        if proposal_id is not None:
            proposals.get_open(db, source.session_id, proposal_id)
        facts = _described(library, db, source, chosen, preview)
        redaction = apply_redaction(library, db, viewer, chosen, preview, compared=compared)
        removal_record.note(db, **facts, redacted=redaction.made_at.isoformat())
        audit.record(
            db,
            viewer.person_id,
            "source.off-record",
            ("source", source.id),
            detail={"start": preview.start, "end": preview.end},  # the position, never the words
            address=viewer.address,
        )
    erasure.finish(library)
    return preview


def apply_redaction(
    library: Library,
    db: Transaction,
    viewer: Viewer,
    chosen: Chosen,
    preview: RedactionPreview,
    *,
    compared: QuotationScan | None = None,
) -> Redaction:
    """Redact *chosen* in the database and return the new row.

    *preview* is the result of `loss` for *chosen*. The caller writes the audit event and the line
    in the removal record.
    """
    source = sources.get(db, chosen.source_id)
    before, words_before = passages.stamp(db).removal_id, quotation_scan.said_in(db, [source.id])
    redaction = Redaction(
        source_id=source.id,
        start=preview.start,
        end=preview.end,
        originals=preview.originals,
        person_id=viewer.person_id,
        trimmed_at=None if preview.sound else now(),
    )
    db.add(redaction)
    if isinstance(chosen, TimeRange):
        redact_transcript.cut(db, viewer, source, (preview.start or 0.0, preview.end or 0.0))
        changed = None
    else:
        segments = _segments(db, source)
        changed = redact_transcript.cut_note(
            db, viewer, source, segments, (chosen.paragraph, preview.words)
        )
    proposals.note_left_out(db, viewer, source, changed)
    release.refresh(db, source.session)  # the range may have removed a speaker's last words
    replaced = _forget_the_rest(library, db, source, preview)
    quoted_words.remove_range_quotes(
        db, viewer, source.session, source.id, words_before, compared=compared
    )
    _plan(db, viewer, source, replaced, before)
    return redaction


def _described(
    library: Library, db: Transaction, source: Source, chosen: Chosen, preview: RedactionPreview
) -> dict[str, Any]:
    """Return the facts of a redaction for the removal record: the position, never the words."""
    facts = {
        "source": source.id,
        "made": source.created_at.isoformat(),
        "originals": preview.originals.value,
    }
    if isinstance(chosen, TimeRange):
        return {"kind": removal_record.RANGE, **facts, "start": preview.start, "end": preview.end}
    keyed = partial(removal_record.keyed, library.settings.home)
    paragraph = _segments(db, source)[chosen.paragraph].text
    lost = redacted_wording.described(keyed, paragraph, preview.words)
    return {"kind": removal_record.WORDING, **facts, **lost}


def of_source(db: Transaction, source_id: int) -> Sequence[Redaction]:
    """Return the redactions of a source, oldest first."""
    return db.scalars(
        select(Redaction).where(Redaction.source_id == source_id).order_by(Redaction.id)
    ).all()


def _plan(
    db: Transaction, viewer: Viewer, source: Source, replaced: Sequence[str], before: int
) -> None:
    """Plan the erasure of the files *replaced* and of passages with a removal id above *before*."""
    erasure.plan(
        db,
        "stretch",
        RemovalSubject(session_id=source.session_id, sources=[source.id], by=viewer.person_id),
        ErasurePlan(
            taken_back=replaced,
            work=[source.id],
            untrimmed=[source.id] if source.kind is SourceKind.RECORDING else [],
            removed_after=before,
        ),
    )


def _segments(db: Transaction, source: Source) -> list[SegmentDraft]:
    version = transcripts.current_version(db, source.id)
    if version is None:
        raise ConflictError(
            "The transcript is not ready yet. Wait until the transcription is finished, then take "
            "words off the record. Until you release the session, other people cannot find it."
        )
    return transcripts.drafts_of(db, version.id)


def _checked(source: Source, segments: Sequence[SegmentDraft], chosen: Range) -> Range:
    if source.kind is SourceKind.NOTE:
        raise InvalidInputError("A note has no times. Choose a paragraph and its words.")
    last = max([source.duration or 0.0, *(s.end or 0.0 for s in segments)])
    start, end = max(0.0, chosen[0]), min(chosen[1], last)
    if not all(map(math.isfinite, chosen)) or end - start < SHORTEST:
        raise InvalidInputError("Choose a range whose start is before its end.")
    return redact_words.widened(segments, (start, end))


def _checked_text(source: Source, segments: Sequence[SegmentDraft], chosen: Wording) -> str:
    if source.kind is not SourceKind.NOTE:
        raise InvalidInputError("This source is not a note. Enter a start and an end in seconds.")
    if not 0 <= chosen.paragraph < len(segments):
        raise InvalidInputError("This paragraph is not in the note. Choose another paragraph.")
    text = chosen.text.strip() or segments[chosen.paragraph].text
    if text not in segments[chosen.paragraph].text:
        raise InvalidInputError("These words are not in this paragraph. Choose the words again.")
    return text


def _forget_the_rest(
    library: Library, db: Transaction, source: Source, preview: RedactionPreview
) -> Sequence[str]:
    """Delete copies of the words outside the transcript, and queue the source again.

    The copies are in drafts, checkpoints, clips, voice prints and text files. The queued source is
    indexed again, and the worker cuts the range out of the sound.

    Returns:
        The SHA-256 of each file to delete.
    """
    for model, _ in word_marks.with_effect(OnRedaction.ROW_GOES):
        db.execute(delete(model).where(model.source_id == source.id))
    voice_prints.forget_source(db, source.id)
    replaced = replace_text(library, db, source, preview.originals)
    is_transcribed = source.stage in {Stage.TRANSCRIBED, Stage.INDEXED}
    source.stage = Stage.TRANSCRIBED if is_transcribed else Stage.RECEIVED
    source.state, source.error, source.progress = State.WAITING, "", 0.0
    source.attempts, source.crashes = 0, 0
    source.worker, source.heartbeat_at = None, None
    source.session.updated_at = now()
    db.flush()
    return replaced
