"""Mentoring sessions: creation, lists, description and removal."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, SQLColumnExpression, case, delete, func, or_, select
from sqlalchemy.orm import selectinload

from library.access import Viewer, removed_sessions, today, visible_sessions
from library.consent import release
from library.errors import NotFoundError
from library.models import (
    Collection,
    MentoringSession,
    Participant,
    Passage,
    Person,
    SealedOriginal,
    Segment,
    Source,
    State,
    TranscriptVersion,
    Upload,
    now,
    referring,
    word_marks,
)
from library.sessions import description, note_authors, passages
from library.sessions.description import Description
from library.store import Library, Transaction, unchanged


def add(
    db: Transaction, described: Description, *, owner_id: int | None, sample: bool = False
) -> MentoringSession:
    """Add a session with its description and participants, and return it.

    Raises:
        InvalidInputError: a field breaks its rule.
    """
    session = MentoringSession(owner_id=owner_id, sample=sample)
    db.add(session)
    describe(db, session, described)
    return session


def describe(db: Transaction, session: MentoringSession, described: Description) -> None:
    """Replace the description and participants of a session.

    Unchanged values are not checked: they may be older than the rules of the fields.

    Raises:
        InvalidInputError: a changed field breaks its rule.
    """
    for name, value in description.values_of(described).items():
        if value != getattr(session, name):
            setattr(session, name, description.accepted(description.FIELD[name], value))
    session.updated_at = now()
    roles = dict(described.participants)
    present = {p.person_id: p for p in session.participants}
    session.participants = [
        present.get(person_id) or Participant(person_id=person_id) for person_id in roles
    ]
    for position, participant in enumerate(session.participants):
        participant.part, participant.position = roles[participant.person_id], position
    db.flush()
    note_authors.follow(db, session)
    release.refresh(db, session)


def get(db: Transaction, session_id: int) -> MentoringSession:
    """Return the session without an access check, for background work.

    Raises:
        NotFoundError: the session does not exist, or was removed or moved to the trash.
    """
    session = db.get(MentoringSession, session_id)
    if session is None or session.deleted_at or session.trashed_at:
        raise NotFoundError("This session is no longer in the library.")
    return session


def visible(
    db: Transaction,
    viewer: Viewer,
    *,
    limit: int = 50,
    before_id: int | None = None,
    owner_id: int | None = None,
    person_id: int | None = None,
    only: ColumnElement[bool] | None = None,
) -> Sequence[MentoringSession]:
    """Return sessions that *viewer* may see, newest first.

    To get the next page, pass the last id of a page as `before_id`. `only` is a further condition
    on `MentoringSession`.
    """
    query = (
        select(MentoringSession)
        .where(visible_sessions(viewer))
        .order_by(MentoringSession.id.desc())
        .limit(limit)
        .options(
            selectinload(MentoringSession.participants).selectinload(Participant.person),
            selectinload(MentoringSession.sources),
        )
    )
    if before_id is not None:
        query = query.where(MentoringSession.id < before_id)
    if owner_id is not None:
        query = query.where(MentoringSession.owner_id == owner_id)
    if person_id is not None:
        query = query.where(has_part_in(person_id))
    if only is not None:
        query = query.where(only)
    return db.scalars(query).all()


def has_part_in(person_id: int | SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Return the SQL condition for sessions in which the person takes part or speaks.

    If *person_id* is the column `Person.id`, the condition is for the person of the outer query.
    """
    taking_part = select(Participant.session_id).where(Participant.person_id == person_id)
    speaking = (
        select(Source.session_id)
        .join(TranscriptVersion, TranscriptVersion.source_id == Source.id)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .where(TranscriptVersion.current, Segment.person_id == person_id)
    )
    return or_(
        MentoringSession.id.in_(taking_part.correlate(Person)),
        MentoringSession.id.in_(speaking.correlate(Person)),
    )


def count_visible(db: Transaction, viewer: Viewer, only: ColumnElement[bool] | None = None) -> int:
    """Return the number of sessions that *viewer* may see and that fulfil *only*."""
    query = select(func.count(MentoringSession.id)).where(visible_sessions(viewer))
    return db.scalar(query if only is None else query.where(only)) or 0


def coverage(db: Transaction, viewer: Viewer, *, up_to: int | None = None) -> tuple[int, int]:
    """Return the numbers of searchable and of all sessions that *viewer* may see.

    With *up_to*, a session is searchable if it has a passage with an id of at most *up_to*. This is
    for an index that is still being built and has read the passages up to this id.
    """
    question = ("coverage", viewer, today(), up_to)
    return unchanged(db, question, partial(_coverage, db, viewer, up_to))


def _coverage(db: Transaction, viewer: Viewer, up_to: int | None) -> tuple[int, int]:
    ready = select(Source.session_id).where(Source.state == State.READY)
    if up_to is not None:
        ready = select(Passage.session_id).where(Passage.id <= up_to)
    searchable = case((MentoringSession.id.in_(ready), 1))
    row = db.execute(
        select(func.count(searchable), func.count()).where(visible_sessions(viewer))
    ).one()
    return row[0], row[1]


def was_removed(db: Transaction, viewer: Viewer, session_id: int) -> bool:
    """Return whether *viewer* could see a session that was removed, for the HTTP status 410.

    For other viewers, a removed session looks like one that never existed.
    """
    query = select(MentoringSession.id).where(
        MentoringSession.id == session_id, removed_sessions(viewer)
    )
    return db.scalar(query) is not None


def changes(db: Transaction, viewer: Viewer, *, limit: int) -> Sequence[tuple[int, datetime]]:
    """Return (id, change time in UTC) of visible sessions, highest ids first, at most *limit*."""
    rows = db.execute(
        select(MentoringSession.id, MentoringSession.updated_at)
        .where(visible_sessions(viewer))
        .order_by(MentoringSession.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def remove(db: Transaction, session: MentoringSession) -> list[str]:
    """Remove a session and its content. Return the hashes of unused files.

    Pass the hashes to `forget_files` after the commit. If a file were deleted earlier, a rollback
    would leave rows that refer to a missing file.
    """
    hashes = [h for source in session.sources for h in _hashes(source)]
    passages.remove_of_session(db, session.id)
    session.sources, session.participants, session.answers = [], [], []
    for name in word_marks.names_in(MentoringSession):
        setattr(session, name, word_marks.empty_value(getattr(MentoringSession, name)))
    session.title, session.deleted_at = "Removed", now()
    db.flush()
    for table, column in referring(MentoringSession):
        # deleted with its file, see `library.removal.take_back`
        if table is not SealedOriginal.__table__:
            db.execute(delete(table).where(column == session.id))
    return unused_hashes(db, hashes)


def unused_hashes(db: Transaction, hashes: Iterable[str]) -> list[str]:
    """Return hashes that no source, collection cover or waiting upload uses."""
    used: set[str | None] = set()
    named = (Source.sha256, Source.web_sha256, Source.transcript_sha256, Collection.cover_sha256)
    for column in named:
        used.update(db.scalars(select(column).where(column.in_(list(hashes)))))
    waiting = select(Upload.sha256).where(Upload.session_id.is_(None))
    used.update(db.scalars(waiting.where(Upload.sha256.in_(list(hashes)))))
    return sorted(set(hashes) - used)


def forget_files(library: Library, hashes: Iterable[str]) -> None:
    """Delete files from the disk by hash, unless they are in use.

    The use is checked again under the write lock, because a new upload may have the same bytes.
    """
    with library.transaction() as db:
        for sha256 in unused_hashes(db, hashes):
            library.files.remove(sha256)


def _hashes(source: Source) -> list[str]:
    return [h for h in (source.sha256, source.web_sha256, source.transcript_sha256) if h]
