"""Listening to a recording again: the new words come in, the corrections stay."""

from collections.abc import Sequence

from library.access import Viewer
from library.editing import transcripts
from library.editing.merging import merged
from library.editing.transcripts import SegmentDraft
from library.errors import ConflictError, InvalidInputError
from library.holdings import jobs, sources
from library.models import Source, SourceKind, State, TranscriptVersion
from library.store import Transaction

NEW = "the new transcript"


def listen_again(
    db: Transaction, viewer: Viewer, source_id: int, *, language: str, model: str = ""
) -> None:
    """Ask for a recording to be heard once more; its transcript is read and searched meanwhile.

    Args:
        db: the transaction.
        viewer: who asks.
        source_id: the recording, which is to be handed to the queue.
        language: in which it is spoken (BCP 47); empty: to be found out.
        model: which Whisper hears it, as `library.weights.chosen_model` gives it.

    Raises:
        NotAllowedError: *viewer* may not change the session.
        InvalidInputError: it is not a recording that was heard by machine.
        ConflictError: it is being worked on.
    """
    source = sources.source_to_edit(db, viewer, source_id)
    if source.kind is not SourceKind.RECORDING or source.transcript_sha256 is not None:
        raise InvalidInputError("Only a recording that was written down by machine is heard again.")
    if source.state in {State.WAITING, State.WORKING}:
        raise ConflictError("This recording is being worked on. Stop the work first, or wait.")
    source.session.language = language
    source.whisper_model = model
    jobs.transcribe_again(db, source)


def save_heard(
    db: Transaction,
    source: Source,
    segments: Sequence[SegmentDraft],
    *,
    model: str,
    language: str,
) -> TranscriptVersion:
    """Save what a model has heard; corrections of what was heard before are carried over.

    The words as they were heard become a version of their own, so that the next listening knows
    what was corrected. The version with the corrections follows it, and is the current one.
    """
    base, mine = (
        transcripts.last_heard(db, source.id),
        transcripts.current_version(db, source.id),
    )
    corrected = base is not None and mine is not None and mine.id != base.id
    heard = transcripts.save_version(
        db,
        source,
        segments,
        origin="whisper",
        model=model,
        language=language,
        settle=not corrected,
    )
    if base is None or mine is None or mine.id == base.id:
        return heard
    together = merged(*(transcripts.drafts_of(db, one.id) for one in (base, mine, heard)), who=NEW)
    return transcripts.save_version(
        db,
        source,
        together.segments,
        origin="merged",
        model=model,
        language=language,
        author_id=mine.author_id,
    )
