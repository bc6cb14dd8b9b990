"""Mentoring sessions: added, listed, described, removed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial

from sqlalchemy import ColumnElement, SQLColumnExpression, case, delete, func, or_, select
from sqlalchemy.orm import selectinload

from library.access import Viewer, removed_sessions, today, visible_sessions
from library.consent import release
from library.errors import InvalidInputError, NotFoundError
from library.holdings import authors, passages
from library.models import (
    BulkChange,
    Collection,
    CollectionEntry,
    Form,
    MentoringSession,
    Part,
    Participant,
    Passage,
    Person,
    ReleaseLink,
    Replacement,
    Review,
    ReviewEvent,
    Segment,
    SessionTopic,
    Source,
    State,
    TranscriptVersion,
    Upload,
    Visibility,
    now,
)
from library.store import Library, Transaction, unchanged


@dataclass(frozen=True, kw_only=True)
class Description:
    """What people say about a session."""

    title: str
    description: str = ""
    held_on: date | None = None
    language: str = ""
    form: Form = Form.ONE_TO_ONE
    visibility: Visibility = Visibility.PARTICIPANTS
    embargo_until: date | None = None  # the first day on which others find it
    participants: Sequence[tuple[int, Part]] = field(default_factory=tuple)  # person id, role


def with_people(described: Description, people: Sequence[tuple[int, Part]]) -> Description:
    """The same description with these people (id, role)."""
    return replace(described, participants=people)


def add(
    db: Transaction, described: Description, *, owner_id: int | None, sample: bool = False
) -> MentoringSession:
    """A new session.

    Raises:
        InvalidInputError: it has no title.
    """
    session = MentoringSession(owner_id=owner_id, sample=sample, title="")
    db.add(session)
    describe(db, session, described)
    return session


def describe(db: Transaction, session: MentoringSession, described: Description) -> None:
    """Write what people say about a session over what was said before.

    Raises:
        InvalidInputError: it has no title.
    """
    title = " ".join(described.title.split())
    if not title:
        raise InvalidInputError("Give the session a title, so that others can recognise it.")
    session.title = title[:300]
    session.description = described.description.strip()
    session.held_on = described.held_on
    session.language = described.language
    session.form = described.form
    session.visibility = described.visibility
    session.embargo_until = described.embargo_until
    session.updated_at = now()
    wanted = dict(described.participants)
    kept = {p.person_id: p for p in session.participants}
    session.participants = [
        kept.get(person_id) or Participant(person_id=person_id) for person_id in wanted
    ]
    for position, participant in enumerate(session.participants):
        participant.part, participant.position = wanted[participant.person_id], position
    db.flush()
    authors.follow(db, session)
    release.settle(db, session)


def get(db: Transaction, session_id: int) -> MentoringSession:
    """The session with this id, whoever may see it: for work, not for pages.

    Raises:
        NotFoundError: there is none any more.
    """
    session = db.get(MentoringSession, session_id)
    if session is None or session.deleted_at or session.trashed_at:
        raise NotFoundError("This session is not in the library any more.")
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
    """Sessions that *viewer* may see, newest first; `before_id` continues a page.

    `only` is a further condition on `MentoringSession`.
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
    """A condition on `MentoringSession`: this person is named among its people, or speaks in it.

    With the column `Person.id`, the person is that of the enclosing query.
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
    """How many sessions *viewer* may see, of those that fulfil *only*."""
    query = select(func.count(MentoringSession.id)).where(visible_sessions(viewer))
    return db.scalar(query if only is None else query.where(only)) or 0


def coverage(db: Transaction, viewer: Viewer, *, up_to: int | None = None) -> tuple[int, int]:
    """How many of the sessions that *viewer* may see are searchable, and how many there are.

    With *up_to*, those are searchable of which a passage up to that one is there: an index that
    is being built has come so far.
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
    """Whether *viewer* could see a session that is gone: its old address answers 410 then.

    For everybody else it is as if it had never been.
    """
    gone = select(MentoringSession.id).where(
        MentoringSession.id == session_id, removed_sessions(viewer)
    )
    return db.scalar(gone) is not None


def changes(db: Transaction, viewer: Viewer, *, limit: int) -> Sequence[tuple[int, datetime]]:
    """Ids of the sessions that *viewer* may see and when each last changed, newest first."""
    rows = db.execute(
        select(MentoringSession.id, MentoringSession.updated_at)
        .where(visible_sessions(viewer))
        .order_by(MentoringSession.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def remove(db: Transaction, session: MentoringSession) -> list[str]:
    """Remove a session with all its words; gives the hashes of files that nobody needs any more.

    Hand them to `forget_files` once the transaction is committed: a file must not vanish
    while a rolled-back row still names it.
    """
    hashes = [h for source in session.sources for h in _hashes(source)]
    passages.remove_of_session(db, session.id)
    db.execute(delete(CollectionEntry).where(CollectionEntry.session_id == session.id))
    for theirs in (ReleaseLink, Review, ReviewEvent, Replacement, BulkChange, SessionTopic):
        db.execute(delete(theirs).where(theirs.session_id == session.id))
    db.execute(delete(Replacement).where(Replacement.by_id == session.id))
    session.sources, session.participants, session.answers = [], [], []
    session.title, session.description = "Removed", ""
    session.deleted_at = now()
    db.flush()
    return unused_hashes(db, hashes)


def unused_hashes(db: Transaction, hashes: Iterable[str]) -> list[str]:
    """Those of *hashes* that no source or cover names, and no file that waits to become one."""
    used: set[str | None] = set()
    named = (Source.sha256, Source.web_sha256, Source.transcript_sha256, Collection.cover_sha256)
    for column in named:
        used.update(db.scalars(select(column).where(column.in_(list(hashes)))))
    waiting = select(Upload.sha256).where(Upload.session_id.is_(None))
    used.update(db.scalars(waiting.where(Upload.sha256.in_(list(hashes)))))
    return sorted(set(hashes) - used)


def forget_files(library: Library, hashes: Iterable[str]) -> None:
    """Remove the files behind *hashes* from the disk, unless somebody needs them again.

    It is asked once more under the write lock: the same bytes may have come in meanwhile.
    """
    with library.transaction() as db:
        for sha256 in unused_hashes(db, hashes):
            library.files.remove(sha256)


def _hashes(source: Source) -> list[str]:
    return [h for h in (source.sha256, source.web_sha256, source.transcript_sha256) if h]
