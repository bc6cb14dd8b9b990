"""Off the record: a stretch of a session that words, sound, vectors and copies lose together.

What is in the database goes in one transaction: from then on nobody finds or reads it, and its
sound is not served. The disk follows (`erasure`), and the worker writes the recording
anew without it. Whatever is killed in between is finished by the next process.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from library import audit
from library.access import Viewer
from library.consent import cut_proposals, release
from library.editing import cutting, drafts, transcripts
from library.editing.cutting import Range
from library.editing.segments import SegmentDraft
from library.errors import ConflictError, InvalidInputError
from library.holdings import erasure, heard_blocks, passages, removal_record, sources
from library.holdings.erasure import About, Going
from library.models import (
    Clip,
    Originals,
    Passage,
    Redaction,
    Source,
    SourceKind,
    Stage,
    State,
    TranscriptVersion,
    now,
)
from library.store import Library, Transaction
from library.voices import voice_prints
from library.withdrawal import comparing, cuts, lost_wording, traces
from library.withdrawal.comparing import Compared
from library.withdrawal.originals import policy_for, replace_text

SHORTEST = 0.001  # seconds; a shorter stretch holds nothing


@dataclass(frozen=True)
class Stretch:
    """Some seconds of a recording or of an imported transcript."""

    source_id: int
    start: float
    end: float


@dataclass(frozen=True)
class Wording:
    """Some text in a paragraph (0 is the first) of a note; "" is all of it."""

    source_id: int
    paragraph: int
    text: str = ""


Chosen = Stretch | Wording


@dataclass(frozen=True, kw_only=True)
class Place:
    """A choice as it is found in the words of a source."""

    start: float | None  # seconds, of whole words; None in a note
    end: float | None
    words: str  # one segment a line


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What would go, so that people can decide."""

    start: float | None  # seconds, of whole words; None in a note
    end: float | None
    words: str  # one segment a line
    versions: int
    passages: int
    sound: bool
    picture: bool  # goes: a film is kept as its sound alone
    originals: Originals


def loss(library: Library, db: Transaction, viewer: Viewer, chosen: Chosen) -> Loss:
    """What putting *chosen* off the record would take.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        InvalidInputError: there is no such stretch, or the paragraph does not hold the text.
        ConflictError: there is no transcript yet.
    """
    source = sources.source_to_edit(db, viewer, chosen.source_id)
    there = place(db, source, chosen)
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id == source.id)
    if isinstance(chosen, Stretch):
        hit = (Passage.start < there.end) & (Passage.end > there.start)
    else:
        hit = (Passage.first_segment <= chosen.paragraph) & (
            Passage.last_segment >= chosen.paragraph
        )
    found = select(Passage.id).where(Passage.source_id == source.id, hit)
    sound = source.kind is SourceKind.RECORDING
    return Loss(
        start=there.start,
        end=there.end,
        words=there.words,
        versions=len(db.scalars(versions).all()),
        passages=len(db.scalars(found).all()),
        sound=sound,
        picture=sound and source.has_video,
        originals=policy_for(library.settings, db, source.session_id),
    )


def place(db: Transaction, source: Source, chosen: Chosen) -> Place:
    """Where *chosen* is in the words of a source as they are now.

    Raises:
        InvalidInputError: there is no such stretch, or the paragraph does not hold the text.
        ConflictError: there is no transcript yet.
    """
    segments = _segments(db, source)
    if isinstance(chosen, Wording):
        return Place(start=None, end=None, words=_checked_text(source, segments, chosen))
    start, end = _checked(source, segments, (chosen.start, chosen.end))
    words = cutting.removed_text(segments, [(start, end)])
    return Place(start=start, end=end, words=words)


def take_off(
    library: Library, viewer: Viewer, chosen: Chosen, *, proposal_id: int | None = None
) -> Loss:
    """Put *chosen* off the record, where a proposal is given only if it still waits.

    Gives what went.

    Hand the source to the queue afterwards. Asked again for the same, nothing more goes. Earlier
    versions of a note go as a whole: nobody can say where in them the same was said.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        InvalidInputError: there is no such stretch, or the paragraph does not hold the text.
        ConflictError: there is no transcript yet.
    """
    with library.reading() as db:
        session = sources.source_to_edit(db, viewer, chosen.source_id).session
        compared = comparing.compare(db, session, [])
    with library.transaction(on_full_disk=True) as db:
        went = loss(library, db, viewer, chosen)
        source = sources.get(db, chosen.source_id)
        if proposal_id is not None:
            cut_proposals.get_open(db, source.session_id, proposal_id)
        facts = _described(library, db, source, chosen, went)
        redaction = put_off(library, db, viewer, chosen, went, compared=compared)
        removal_record.note(db, **facts, redacted=redaction.made_at.isoformat())
        audit.record(
            db,
            viewer.person_id,
            "source.off-record",
            ("source", source.id),
            detail={"start": went.start, "end": went.end},  # where, never what
            address=viewer.address,
        )
    erasure.finish(library)
    return went


def put_off(
    library: Library,
    db: Transaction,
    viewer: Viewer,
    chosen: Chosen,
    went: Loss,
    *,
    compared: Compared | None = None,
) -> Redaction:
    """Do what `take_off` does in the database, and leave audit log and removal record alone."""
    source = sources.get(db, chosen.source_id)
    before, said = passages.stamp(db).removal_id, comparing.said_in(db, [source.id])
    redaction = Redaction(
        source_id=source.id,
        start=went.start,
        end=went.end,
        originals=went.originals,
        person_id=viewer.person_id,
        trimmed_at=None if went.sound else now(),
    )
    db.add(redaction)
    if isinstance(chosen, Stretch):
        cuts.cut(db, viewer, source, (went.start or 0.0, went.end or 0.0))
        changed = None
    else:
        segments = _segments(db, source)
        changed = cuts.cut_note(db, viewer, source, segments, (chosen.paragraph, went.words))
    cut_proposals.note_left_out(db, viewer, source, changed)
    release.settle(db, source.session)  # a speaker may be gone with the stretch
    replaced = _forget_the_rest(library, db, source, went)
    traces.forget_range(db, viewer, source.session, source.id, said, compared=compared)
    _plan(db, viewer, source, replaced, before)
    return redaction


def _described(
    library: Library, db: Transaction, source: Source, chosen: Chosen, went: Loss
) -> dict[str, Any]:
    """What the removal record says of a redaction: where, never what."""
    facts = {
        "source": source.id,
        "made": source.created_at.isoformat(),
        "originals": went.originals.value,
    }
    if isinstance(chosen, Stretch):
        return {"kind": removal_record.RANGE, **facts, "start": went.start, "end": went.end}
    keyed = partial(removal_record.keyed, library.settings.home)
    paragraph = _segments(db, source)[chosen.paragraph].text
    lost = lost_wording.described(keyed, paragraph, went.words)
    return {"kind": removal_record.WORDING, **facts, **lost}


def of_source(db: Transaction, source_id: int) -> Sequence[Redaction]:
    """What was put off the record in a source, in the order in which that happened."""
    return db.scalars(
        select(Redaction).where(Redaction.source_id == source_id).order_by(Redaction.id)
    ).all()


def _plan(
    db: Transaction, viewer: Viewer, source: Source, replaced: Sequence[str], before: int
) -> None:
    """Plan what has to go from the disk: files by their hashes, passages removed after *before*."""
    erasure.plan(
        db,
        "stretch",
        About(session_id=source.session_id, sources=[source.id], by=viewer.person_id),
        Going(
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
            "This is still being taken in. Wait until its words are here, then take them off the "
            "record; until you release it, nobody else finds them."
        )
    return transcripts.drafts_of(db, version.id)


def _checked(source: Source, segments: Sequence[SegmentDraft], chosen: Range) -> Range:
    if source.kind is SourceKind.NOTE:
        raise InvalidInputError("A note has no seconds. Choose a paragraph and its words.")
    last = max([source.duration or 0.0, *(s.end or 0.0 for s in segments)])
    start, end = max(0.0, chosen[0]), min(chosen[1], last)
    if not all(map(math.isfinite, chosen)) or end - start < SHORTEST:
        raise InvalidInputError("Choose a stretch that begins before it ends.")
    return cutting.widened(segments, (start, end))


def _checked_text(source: Source, segments: Sequence[SegmentDraft], chosen: Wording) -> str:
    if source.kind is not SourceKind.NOTE:
        raise InvalidInputError("Say from which second to which: this is no note.")
    if not 0 <= chosen.paragraph < len(segments):
        raise InvalidInputError("There is no such paragraph in this note.")
    text = chosen.text.strip() or segments[chosen.paragraph].text
    if text not in segments[chosen.paragraph].text:
        raise InvalidInputError("These words are not in this paragraph. Choose them once more.")
    return text


def _forget_the_rest(
    library: Library, db: Transaction, source: Source, went: Loss
) -> Sequence[str]:
    """Everything else that holds the words; the worker then indexes, and trims, anew.

    Gives the hashes of files that have to go.
    """
    drafts.forget_all(db, source.id)
    voice_prints.forget_source(db, source.id)
    heard_blocks.forget(db, source.id)
    db.execute(delete(Clip).where(Clip.source_id == source.id))
    replaced = replace_text(library, db, source, went.originals)
    heard = source.stage in {Stage.TRANSCRIBED, Stage.INDEXED}
    source.stage = Stage.TRANSCRIBED if heard else Stage.RECEIVED
    source.state, source.error, source.progress = State.WAITING, "", 0.0
    source.attempts, source.crashes = 0, 0
    source.worker, source.heartbeat_at = None, None
    source.session.updated_at = now()
    db.flush()
    return replaced
