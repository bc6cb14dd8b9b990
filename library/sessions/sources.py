"""Sources: original recordings, notes and transcripts."""

from dataclasses import dataclass

from sqlalchemy import func, select

from library.access import Viewer, note_reading, session_to_edit, visible_sessions
from library.errors import NotFoundError
from library.models import MentoringSession, Source, SourceKind, State
from library.store import Transaction


def add(
    db: Transaction,
    session: MentoringSession,
    *,
    kind: SourceKind,
    filename: str,
    sha256: str,
    size: int,
    transcript: tuple[str, str] | None = None,
    alone: bool = False,
) -> Source:
    """Add a source to *session* and queue it for the worker.

    Args:
        db: open write transaction.
        session: session of the source.
        kind: recording, transcript or note.
        filename: name of the uploaded file; shown, never used as a path.
        sha256: SHA-256 of the bytes, which `Files` stores.
        size: size in bytes.
        transcript: SHA-256 and file name of an imported transcript that replaces recognition.
        alone: whether the owner states to be the only speaker.
    """
    source = Source(
        session_id=session.id,
        kind=kind,
        filename=filename[:300],
        sha256=sha256,
        size=size,
        alone=alone,
    )
    if transcript is not None:
        source.transcript_sha256, source.transcript_filename = transcript
    db.add(source)
    db.flush()
    return source


def get(db: Transaction, source_id: int) -> Source:
    """Return the source without an access check.

    Raises:
        NotFoundError: the source does not exist.
    """
    if (source := db.get(Source, source_id)) is None:
        raise NotFoundError("This recording or note is no longer in the library.")
    return source


def visible_source(db: Transaction, viewer: Viewer, source_id: int) -> Source:
    """Return a source that *viewer* may see.

    Raises:
        NotFoundError: the source does not exist, or *viewer* may not see it.
    """
    source = db.scalar(
        select(Source)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(Source.id == source_id, visible_sessions(viewer))
    )
    if source is None:
        raise NotFoundError("This recording or note was not found, or you may not see it.")
    note_reading(db, viewer, source.session)
    return source


def source_to_edit(db: Transaction, viewer: Viewer, source_id: int) -> Source:
    """Return a source whose session *viewer* may change.

    Raises:
        NotFoundError: the source does not exist, or *viewer* may not see it.
        NotAllowedError: *viewer* may see it, but not change it.
    """
    source = visible_source(db, viewer, source_id)
    session_to_edit(db, viewer, source.session_id)
    return source


def visible_by_hash(db: Transaction, viewer: Viewer, sha256: str) -> Source | None:
    """Return a source with this SHA-256 that *viewer* may see, or None."""
    return db.scalars(
        select(Source)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(Source.sha256 == sha256, visible_sessions(viewer))
        .order_by(Source.id)
    ).first()


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """Totals of sources, for administrators."""

    sources: dict[State, int]
    bytes: int  # total size of the originals
    seconds: float  # total duration of the recordings


def holdings(db: Transaction) -> Holdings:
    """Return the totals of all sources and their number by state."""
    states = db.execute(select(Source.state, func.count()).group_by(Source.state))
    size, seconds = db.execute(select(func.sum(Source.size), func.sum(Source.duration))).one()
    return Holdings(
        sources={row[0]: row[1] for row in states}, bytes=size or 0, seconds=seconds or 0.0
    )
