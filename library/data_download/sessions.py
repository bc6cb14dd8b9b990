"""Sessions that a person owns or takes part in, as dictionaries for the copy of their data."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_, select

from library.access import Viewer, visible_sessions
from library.data_download.rows import Row, plain
from library.models import MentoringSession, Source
from library.sessions.description import values_of
from library.sessions.sessions import has_part_in
from library.store import Transaction
from library.transcripts import versions


def ids_of(db: Transaction, viewer: Viewer) -> list[int]:
    """Return the ids of sessions that *viewer* owns or takes part in and may see."""
    if viewer.person_id is None:
        return []
    theirs = or_(MentoringSession.owner_id == viewer.person_id, has_part_in(viewer.person_id))
    query = select(MentoringSession.id).where(visible_sessions(viewer), theirs)
    return list(db.scalars(query.order_by(MentoringSession.id)))


def sessions_of(db: Transaction, viewer: Viewer, ids: list[int]) -> Iterator[Row]:
    """Yield each session as a dictionary: description, people and current transcripts."""
    for session_id in ids:
        session = db.get_one(MentoringSession, session_id)
        yield {
            "id": session.id,
            **{name: plain(value) for name, value in values_of(session).items()},
            "added_by_you": session.owner_id == viewer.person_id,
            "added_at": plain(session.created_at),
            "participants": [
                {"name": one.person.name, "part": plain(one.part)} for one in session.participants
            ],
            "sources": [_source(db, source) for source in session.sources],
        }
        db.expunge(session)


def _source(db: Transaction, source: Source) -> dict[str, Any]:
    version = versions.current_version(db, source.id)
    segments = versions.drafts_of(db, version.id) if version else []
    return {
        "kind": plain(source.kind),
        "filename": source.filename,
        "size": source.size,
        "duration": source.duration,
        "transcript": [
            {"speaker": one.speaker, "start": one.start, "end": one.end, "text": one.text}
            for one in segments
        ],
    }
