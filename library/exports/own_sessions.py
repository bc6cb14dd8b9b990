"""The sessions that a person added or takes part in, as they may see them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_, select

from library.access import Viewer, visible_sessions
from library.editing import transcripts
from library.exports.own_rows import Row, plain
from library.holdings.sessions import has_part_in
from library.models import MentoringSession, Source
from library.store import Transaction


def ids_of(db: Transaction, viewer: Viewer) -> list[int]:
    """Return the numbers of the sessions that are *viewer*'s own and that they may see."""
    if viewer.person_id is None:
        return []
    theirs = or_(MentoringSession.owner_id == viewer.person_id, has_part_in(viewer.person_id))
    query = select(MentoringSession.id).where(visible_sessions(viewer), theirs)
    return list(db.scalars(query.order_by(MentoringSession.id)))


def sessions_of(db: Transaction, viewer: Viewer, ids: list[int]) -> Iterator[Row]:
    """Give each session with its description, its people, and its transcripts as they are now."""
    for session_id in ids:
        session = db.get_one(MentoringSession, session_id)
        yield {
            "id": session.id,
            "title": session.title,
            "description": session.description,
            "held_on": plain(session.held_on),
            "language": session.language,
            "form": plain(session.form),
            "visibility": plain(session.visibility),
            "added_by_you": session.owner_id == viewer.person_id,
            "added_at": plain(session.created_at),
            "participants": [
                {"name": one.person.name, "part": plain(one.part)} for one in session.participants
            ],
            "sources": [_source(db, source) for source in session.sources],
        }
        db.expunge(session)


def _source(db: Transaction, source: Source) -> dict[str, Any]:
    version = transcripts.current_version(db, source.id)
    segments = transcripts.drafts_of(db, version.id) if version else []
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
