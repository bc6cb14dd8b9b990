"""Retranscription of a recording that keeps the corrections."""

from collections.abc import Sequence

from library.access import Viewer
from library.errors import ConflictError, InvalidInputError
from library.models import Source, SourceKind, State, TranscriptVersion
from library.sessions import jobs, sources
from library.store import Transaction
from library.transcripts import versions
from library.transcripts.three_way_merge import merged
from library.transcripts.versions import SegmentDraft
from library.translation import mark

NEW = mark("the new transcript")


def request(
    db: Transaction, viewer: Viewer, source_id: int, *, language: str, model: str = ""
) -> None:
    """Queue a recording for retranscription. Its transcript stays available meanwhile.

    Args:
        db: Transaction.
        viewer: Person who requests it.
        source_id: Id of the recording. The caller passes it to the queue.
        language: Spoken language (BCP 47); empty: detect automatically.
        model: Whisper model, as `library.weights.chosen_model` returns it.

    Raises:
        NotAllowedError: *viewer* may not change the session.
        InvalidInputError: The source is not a recording with an automatic transcript.
        ConflictError: The recording is being processed.
    """
    source = sources.source_to_edit(db, viewer, source_id)
    if source.kind is not SourceKind.RECORDING or source.transcript_sha256 is not None:
        raise InvalidInputError(
            "Only a recording with an automatic transcript can be transcribed again."
        )
    if source.state in {State.WAITING, State.WORKING}:
        raise ConflictError(
            "This recording is being processed. Stop the processing, or wait until it is finished."
        )
    source.session.language = language
    source.whisper_model = model
    jobs.transcribe_again(db, source)


def save_result(
    db: Transaction,
    source: Source,
    segments: Sequence[SegmentDraft],
    *,
    model: str,
    language: str,
) -> TranscriptVersion:
    """Save a new automatic transcript, and carry over the corrections of the current version.

    The automatic transcript is saved as a version, so that the next retranscription can find the
    corrections. If there are corrections, a merged version follows and becomes the current version.
    """
    base, current = (
        versions.last_uncorrected(db, source.id),
        versions.current_version(db, source.id),
    )
    corrected = base is not None and current is not None and current.id != base.id
    automatic = versions.save_version(
        db,
        source,
        segments,
        origin="whisper",
        model=model,
        language=language,
        settle=not corrected,
    )
    if base is None or current is None or current.id == base.id:
        return automatic
    together = merged(
        *(versions.drafts_of(db, one.id) for one in (base, current, automatic)), who=NEW
    )
    return versions.save_version(
        db,
        source,
        together.segments,
        origin="merged",
        model=model,
        language=language,
        author_id=current.author_id,
    )
