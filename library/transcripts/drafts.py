"""Drafts: unsaved changes of a person to a transcript.

A draft is stored as pieces of its base version (`edits.Piece`). The draft of an hour of speech
with three changes is therefore small.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rapidfuzz.distance import Levenshtein
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from library.access import Viewer, session_to_edit
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import Source, TranscriptDraft, TranscriptVersion, now
from library.store import Transaction
from library.transcripts import rewrite_versions, versions
from library.transcripts.edits import KeptRange, Piece, revised
from library.transcripts.retiming import EditedLine
from library.transcripts.three_way_merge import merged
from library.transcripts.versions import SegmentDraft
from library.translation import mark

AT_WORK = timedelta(minutes=10)  # a draft that was changed within this time counts as in use


@dataclass(frozen=True, kw_only=True)
class EditorDraft:
    """Draft of a transcript as the editor shows it."""

    source: Source
    base: TranscriptVersion  # the base version of the changes
    current: TranscriptVersion  # differs from `base` if another person saved a version
    before: Sequence[SegmentDraft]  # segments of the version `base`
    pieces: Sequence[Any]
    revision: int  # revision of the draft; 0: no draft
    segments: Sequence[SegmentDraft]

    @property
    def overtaken(self) -> bool:
        """True if another person saved a version after the base version of the draft."""
        return self.base.id != self.current.id


class OtherWindowError(ConflictError):
    """Error for a draft that was changed in another window."""

    message = mark(
        "You changed this transcript in another window. Reload the page to continue with those "
        "changes."
    )


class OffRecordMeanwhileError(ConflictError):
    """Error for a draft whose transcript was redacted in the meantime."""

    message = mark(
        "Words of this transcript were taken off the record while you changed it. Reload the page "
        "before you continue."
    )


def save(
    db: Transaction,
    viewer: Viewer,
    source: Source,
    *,
    base_id: int,
    pieces: Sequence[Any],
    revision: int,
) -> TranscriptDraft:
    """Save the changes of *viewer* to the version *base_id* as a draft.

    Args:
        db: Transaction.
        viewer: Owner of the draft.
        source: Source of the transcript.
        base_id: Version that the pieces refer to. It need not be the current version.
        pieces: Pieces as `pieces_of` returns them.
        revision: Revision of the draft before these changes; 0 if there was no draft.

    Raises:
        NotAllowedError: *viewer* may not change the transcript.
        InvalidInputError: The pieces do not fit the version.
        OtherWindowError: The draft has another revision.
        OffRecordMeanwhileError: Words were redacted after the version was saved.
    """
    session_to_edit(db, viewer, source.session_id)
    base = db.get(TranscriptVersion, base_id)
    if rewrite_versions.redacted_since(db, source.id, base_id):
        raise OffRecordMeanwhileError  # a segment typed on that page may contain redacted words
    if base is None or base.source_id != source.id:
        raise InvalidInputError(
            "These changes do not fit any version of this transcript. Reload the page."
        )
    revised(versions.drafts_of(db, base.id), read(pieces))  # raises if the pieces do not fit
    draft = own_draft(db, viewer, source.id)
    if revision != (draft.revision if draft else 0):
        raise OtherWindowError
    if draft is None:
        draft = TranscriptDraft(person_id=viewer.person_id, source_id=source.id, revision=0)
        db.add(draft)
    draft.base_id, draft.pieces, draft.updated_at = base.id, list(pieces), now()
    draft.revision += 1
    db.flush()
    return draft


def load(db: Transaction, viewer: Viewer, source: Source) -> EditorDraft:
    """Return the transcript of a source with the unsaved changes of *viewer*.

    Raises:
        NotAllowedError: *viewer* may not change the transcript.
        NotFoundError: The source has no transcript yet.
    """
    session_to_edit(db, viewer, source.session_id)
    current = versions.current_version(db, source.id)
    if current is None:
        raise NotFoundError(
            "This source has no transcript yet. Try again when the transcription is finished."
        )
    draft = own_draft(db, viewer, source.id)
    base = db.get(TranscriptVersion, draft.base_id) if draft else None
    before = versions.drafts_of(db, (base or current).id)
    pieces = draft.pieces if draft else _everything(before)
    return EditorDraft(
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
    """Apply an edit of `library.transcripts.edits` to the draft of *viewer*."""
    draft = load(db, viewer, source)
    return save(
        db,
        viewer,
        source,
        base_id=draft.base.id,
        pieces=pieces_of(draft.before, edit(draft.segments)),
        revision=draft.revision,
    )


def merge_with_current(db: Transaction, viewer: Viewer, source: Source, *, who: str) -> int:
    """Merge the changes of *viewer* into the current version; return the number of conflicts.

    Args:
        db: Transaction.
        viewer: Owner of the changes.
        source: Source of the transcript.
        who: Name of the author of the current version, shown in the reasons of conflicts.
    """
    draft = load(db, viewer, source)
    theirs = versions.drafts_of(db, draft.current.id)
    together = merged(draft.before, draft.segments, theirs, who=who)
    save(
        db,
        viewer,
        source,
        base_id=draft.current.id,
        pieces=pieces_of(theirs, together.segments),
        revision=draft.revision,
    )
    return together.conflicts


def _everything(segments: Sequence[SegmentDraft]) -> list[Any]:
    return [{"keep": 0, "to": len(segments) - 1}] if segments else []


def own_draft(db: Transaction, viewer: Viewer, source_id: int) -> TranscriptDraft | None:
    """Return the draft of *viewer* for a source, or None."""
    return db.get(TranscriptDraft, (viewer.person_id, source_id)) if viewer.is_member else None


def others(db: Transaction, viewer: Viewer, source_id: int) -> Sequence[TranscriptDraft]:
    """Return drafts of other people that were changed in the last 10 minutes, newest first."""
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
    """Delete the draft of *viewer* after it was saved or discarded."""
    if (draft := own_draft(db, viewer, source_id)) is not None:
        db.delete(draft)
        db.flush()


def pieces_of(base: Sequence[SegmentDraft], segments: Sequence[SegmentDraft]) -> list[Any]:
    """Return *segments* as JSON pieces of *base*: ranges of equal segments, and new text."""
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
    """Parse JSON pieces: {keep, to?, speaker?, suspect?} or {text, speaker, suspect}.

    Raises:
        InvalidInputError: A piece has neither form.
    """
    try:
        return [_piece(piece) for piece in pieces]
    except (AttributeError, KeyError, TypeError) as error:
        raise InvalidInputError(
            "These changes cannot be read. Reload the page and try again."
        ) from error


def _piece(piece: Mapping[str, Any]) -> Piece:
    speaker, suspect = _text(piece, "speaker"), _text(piece, "suspect")
    if "keep" in piece:
        first, last = piece["keep"], piece.get("to", piece["keep"])
        if not (type(first) is int and type(last) is int):
            raise TypeError
        return KeptRange(first=first, last=last, speaker=speaker, suspect=suspect)
    text = _text(piece, "text")
    if text is None:
        raise KeyError
    return EditedLine(text=text, speaker=speaker or "", suspect=suspect or "")


def _text(piece: Mapping[str, Any], name: str) -> str | None:
    value = piece.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value
