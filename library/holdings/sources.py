"""Recordings, notes and transcripts as they came: added, found again, and counted."""

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
    """A new source of *session*, waiting for the worker.

    Args:
        db: the transaction.
        session: what it belongs to.
        kind: what it is.
        filename: how its owner called it; shown, never used as a path.
        sha256: of its bytes, which `Files` keeps.
        size: in bytes.
        transcript: SHA-256 and name of an imported transcript to use instead of Whisper's.
        alone: whether the owner of the session says that they alone speak in it.
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
    """The source with this id.

    Raises:
        NotFoundError: there is none.
    """
    if (source := db.get(Source, source_id)) is None:
        raise NotFoundError("This recording or note is not in the library any more.")
    return source


def visible_source(db: Transaction, viewer: Viewer, source_id: int) -> Source:
    """The source with this id.

    Raises:
        NotFoundError: there is none, or none that *viewer* may see.
    """
    source = db.scalar(
        select(Source)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(Source.id == source_id, visible_sessions(viewer))
    )
    if source is None:
        raise NotFoundError("There is no recording here, or none that you may see.")
    note_reading(db, viewer, source.session)
    return source


def source_to_edit(db: Transaction, viewer: Viewer, source_id: int) -> Source:
    """The source with this id, for somebody who may change its session.

    Raises:
        NotFoundError: there is none that *viewer* may see.
        NotAllowedError: *viewer* may see it, but not change it.
    """
    source = visible_source(db, viewer, source_id)
    session_to_edit(db, viewer, source.session_id)
    return source


def visible_by_hash(db: Transaction, viewer: Viewer, sha256: str) -> Source | None:
    """A source with these bytes that *viewer* may see: the same file need not be added twice."""
    return db.scalars(
        select(Source)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(Source.sha256 == sha256, visible_sessions(viewer))
        .order_by(Source.id)
    ).first()


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What the library holds, for whoever takes care of it."""

    sources: dict[State, int]
    bytes: int  # of originals
    seconds: float  # of sound


def holdings(db: Transaction) -> Holdings:
    """How much there is, and how the work on it stands."""
    states = db.execute(select(Source.state, func.count()).group_by(Source.state))
    size, seconds = db.execute(select(func.sum(Source.size), func.sum(Source.duration))).one()
    return Holdings(
        sources={row[0]: row[1] for row in states}, bytes=size or 0, seconds=seconds or 0.0
    )
