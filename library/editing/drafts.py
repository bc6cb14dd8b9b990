"""Drafts: what somebody has changed in a transcript and not saved as a version yet.

A draft is kept as pieces of the version that it was begun from (`edits.Piece`), so that
an hour of talk with three changes takes three lines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rapidfuzz.distance import Levenshtein
from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from library.access import Viewer, session_to_edit
from library.editing import rewriting, transcripts
from library.editing.edits import Kept, Piece, revised
from library.editing.merging import merged
from library.editing.retimed import Line
from library.editing.transcripts import SegmentDraft
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import Source, TranscriptDraft, TranscriptVersion, now
from library.store import Transaction

AT_WORK = timedelta(minutes=10)  # who changed something since then is taken to be at it still


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What somebody who corrects a transcript has before them."""

    source: Source
    base: TranscriptVersion  # that the changes are of
    current: TranscriptVersion  # another one when somebody else was faster
    before: Sequence[SegmentDraft]  # the version `base`
    pieces: Sequence[Any]
    revision: int  # of the draft; 0: there is none
    segments: Sequence[SegmentDraft]

    @property
    def overtaken(self) -> bool:
        """Whether somebody else saved a version since these changes were begun."""
        return self.base.id != self.current.id


class OtherWindowError(ConflictError):
    """You changed this transcript in another window. Load the page again to go on from there."""


class OffRecordMeanwhileError(ConflictError):
    """Something here was taken off the record meanwhile. Load the page again before you go on."""


def keep(
    db: Transaction,
    viewer: Viewer,
    source: Source,
    *,
    base_id: int,
    pieces: Sequence[Any],
    revision: int,
) -> TranscriptDraft:
    """Keep what *viewer* has changed in the version *base_id* so far.

    Args:
        db: the transaction.
        viewer: whose draft it is.
        source: of the transcript.
        base_id: the version that the pieces are of; it need not be the current one any more.
        pieces: as `pieces_of` gives them.
        revision: of the draft that these changes follow; 0 when there was none.

    Raises:
        NotAllowedError: *viewer* may not change the transcript.
        InvalidInputError: the pieces do not fit the version.
        OtherWindowError: the draft has another revision by now.
        OffRecordMeanwhileError: the version has lost words since it was shown.
    """
    session_to_edit(db, viewer, source.session_id)
    base = db.get(TranscriptVersion, base_id)
    if rewriting.since(db, source.id, base_id):
        raise OffRecordMeanwhileError  # a line written on that page may hold what went
    if base is None or base.source_id != source.id:
        raise InvalidInputError(
            "These changes do not fit any version of this transcript. Load it again."
        )
    revised(transcripts.drafts_of(db, base.id), read(pieces))  # refuses what does not fit
    draft = mine(db, viewer, source.id)
    if revision != (draft.revision if draft else 0):
        raise OtherWindowError
    if draft is None:
        draft = TranscriptDraft(person_id=viewer.person_id, source_id=source.id, revision=0)
        db.add(draft)
    draft.base_id, draft.pieces, draft.updated_at = base.id, list(pieces), now()
    draft.revision += 1
    db.flush()
    return draft


def sheet(db: Transaction, viewer: Viewer, source: Source) -> Sheet:
    """The transcript of a source as *viewer* has changed it so far.

    Raises:
        NotAllowedError: *viewer* may not change it.
        NotFoundError: there is no transcript yet.
    """
    session_to_edit(db, viewer, source.session_id)
    current = transcripts.current_version(db, source.id)
    if current is None:
        raise NotFoundError("There is no transcript to correct yet. Come back when it is ready.")
    draft = mine(db, viewer, source.id)
    base = db.get(TranscriptVersion, draft.base_id) if draft else None
    before = transcripts.drafts_of(db, (base or current).id)
    pieces = draft.pieces if draft else _everything(before)
    return Sheet(
        source=source,
        base=base or current,
        current=current,
        before=before,
        pieces=pieces,
        revision=draft.revision if draft else 0,
        segments=revised(before, read(pieces)) if draft else before,
    )


def change(
    db: Transaction,
    viewer: Viewer,
    source: Source,
    edit: Callable[[Sequence[SegmentDraft]], list[SegmentDraft]],
) -> TranscriptDraft:
    """Apply one of `library.editing.edits` to what *viewer* has before them."""
    mine = sheet(db, viewer, source)
    return keep(
        db,
        viewer,
        source,
        base_id=mine.base.id,
        pieces=pieces_of(mine.before, edit(mine.segments)),
        revision=mine.revision,
    )


def join(db: Transaction, viewer: Viewer, source: Source, *, who: str) -> int:
    """Bring *viewer*'s changes into the version that somebody else saved; gives the conflicts.

    Args:
        db: the transaction.
        viewer: whose changes.
        source: of the transcript.
        who: whose version it is, as the reasons of conflicts name them.
    """
    mine = sheet(db, viewer, source)
    theirs = transcripts.drafts_of(db, mine.current.id)
    together = merged(mine.before, mine.segments, theirs, who=who)
    keep(
        db,
        viewer,
        source,
        base_id=mine.current.id,
        pieces=pieces_of(theirs, together.segments),
        revision=mine.revision,
    )
    return together.conflicts


def _everything(segments: Sequence[SegmentDraft]) -> list[Any]:
    return [{"keep": 0, "to": len(segments) - 1}] if segments else []


def mine(db: Transaction, viewer: Viewer, source_id: int) -> TranscriptDraft | None:
    """What *viewer* has changed in the transcript of a source and not saved yet."""
    return db.get(TranscriptDraft, (viewer.person_id, source_id)) if viewer.is_member else None


def others(db: Transaction, viewer: Viewer, source_id: int) -> Sequence[TranscriptDraft]:
    """The drafts of others who are changing the same transcript just now, the latest first."""
    return db.scalars(
        select(TranscriptDraft)
        .where(
            TranscriptDraft.source_id == source_id,
            TranscriptDraft.person_id != viewer.person_id,
            TranscriptDraft.updated_at > now() - AT_WORK,
        )
        .order_by(TranscriptDraft.updated_at.desc())
        .options(joinedload(TranscriptDraft.person))
    ).all()


def forget(db: Transaction, viewer: Viewer, source_id: int) -> None:
    """Forget what *viewer* has changed: it was saved, or is not wanted any more."""
    if (draft := mine(db, viewer, source_id)) is not None:
        db.delete(draft)
        db.flush()


def forget_all(db: Transaction, source_id: int) -> None:
    """Forget everybody's changes: words of the transcript were taken out for good."""
    db.execute(delete(TranscriptDraft).where(TranscriptDraft.source_id == source_id))


def pieces_of(base: Sequence[SegmentDraft], segments: Sequence[SegmentDraft]) -> list[Any]:
    """*segments* as pieces of *base*: what is the same is kept, the rest is written out."""
    pieces: list[Any] = []
    keys = [[_key(segment) for segment in side] for side in (base, segments)]
    for step in Levenshtein.opcodes(*keys):
        if step.tag == "equal":
            pieces.append({"keep": step.src_start, "to": step.src_end - 1})
            continue
        pieces += [
            {"text": one.text, "speaker": one.speaker, "suspect": one.suspect}
            for one in segments[step.dest_start : step.dest_end]
        ]
    return pieces


def _key(segment: SegmentDraft) -> str:
    about = (segment.text, segment.start, segment.end, segment.speaker, segment.suspect)
    return repr(about)


def read(pieces: Sequence[Any]) -> list[Piece]:
    """Pieces as JSON holds them: {keep, to?, speaker?, suspect?} or {text, speaker, suspect}.

    Raises:
        InvalidInputError: something in them is neither.
    """
    try:
        return [_piece(piece) for piece in pieces]
    except (AttributeError, KeyError, TypeError) as error:
        raise InvalidInputError("These changes cannot be read.") from error


def _piece(given: Mapping[str, Any]) -> Piece:
    speaker, suspect = _text(given, "speaker"), _text(given, "suspect")
    if "keep" in given:
        first, last = given["keep"], given.get("to", given["keep"])
        if not (type(first) is int and type(last) is int):
            raise TypeError
        return Kept(first=first, last=last, speaker=speaker, suspect=suspect)
    text = _text(given, "text")
    if text is None:
        raise KeyError
    return Line(text=text, speaker=speaker or "", suspect=suspect or "")


def _text(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value
