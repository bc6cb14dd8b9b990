"""Authors of notes: a note that one person wrote alone belongs to that person.

In a session of the form "a note", the author is the only participant, or the owner if there is no
participant. In other forms, the owner is the author if no other person takes part. In all other
cases a note has no author. The author is stored as the person of the note's segments, which have no
speaker label. So the text and vectors of its passages do not change.
"""

from collections.abc import Sequence

from sqlalchemy import select, update

from library.models import (
    Form,
    MentoringSession,
    Participant,
    Segment,
    Source,
    SourceKind,
    TranscriptVersion,
)
from library.sessions import passage_speakers
from library.store import Library, Transaction


def author_of(session: MentoringSession) -> int | None:
    """Return the id of the author of a session's notes; None without a single author."""
    return _author(session.form, session.owner_id, [p.person_id for p in session.participants])


def author_of_source(source: Source) -> int | None:
    """Return the id of the author of a note; None without a single author."""
    return source.added_by or author_of(source.session)


def follow(db: Transaction, session: MentoringSession) -> None:
    """Update the author of a session's notes and of their passages."""
    for source in [source for source in session.sources if source.kind is SourceKind.NOTE]:
        _name(db, source.id, author_of_source(source))


def follow_all(library: Library) -> int:
    """Update the author of every note and return the number of changed sessions.

    Each session has its own short transaction, so that others can write in between. The release
    stays: the author is a participant, or the owner, who agrees by choosing the visibility.
    """
    with library.reading() as db:
        wrong = _outdated(db)
    for session_id in wrong:
        with library.transaction() as db:
            if (session := db.get(MentoringSession, session_id)) is not None:
                follow(db, session)
    return len(wrong)


def _author(form: Form, owner_id: int | None, people: Sequence[int]) -> int | None:
    if form is Form.NOTE and len(people) == 1:
        return people[0]
    return owner_id if {*people} <= {owner_id} else None


def _name(db: Transaction, source_id: int, author: int | None) -> None:
    unlabelled = Segment.version_id.in_(
        select(TranscriptVersion.id).where(TranscriptVersion.source_id == source_id)
    ) & (Segment.speaker == "")
    named = db.scalars(select(Segment.person_id).where(unlabelled).distinct()).all()
    if all(person_id == author for person_id in named):
        return
    db.execute(update(Segment).where(unlabelled).values(person_id=author))
    passage_speakers.follow_author(db, source_id)


def _outdated(db: Transaction) -> list[int]:
    """Return the ids of sessions with a note whose segments have another author or none."""
    people: dict[int, list[int]] = {}
    for session_id, person_id in db.execute(
        select(Participant.session_id, Participant.person_id)
        .join(Source, Source.session_id == Participant.session_id)
        .where(Source.kind == SourceKind.NOTE)
        .distinct()
    ):
        people.setdefault(session_id, []).append(person_id)
    first = (
        select(Segment.person_id)
        .where(Segment.version_id == TranscriptVersion.id, Segment.speaker == "")
        .order_by(Segment.ordinal)
        .limit(1)
    )
    has_words = select(Segment.id).where(
        Segment.version_id == TranscriptVersion.id, Segment.speaker == ""
    )
    rows = db.execute(
        select(
            MentoringSession.id,
            MentoringSession.form,
            MentoringSession.owner_id,
            first.scalar_subquery(),
        )
        .join(Source, Source.session_id == MentoringSession.id)
        .join(TranscriptVersion, TranscriptVersion.source_id == Source.id)
        .where(
            Source.kind == SourceKind.NOTE,
            Source.added_by.is_(None),
            TranscriptVersion.current,
            has_words.exists(),
        )
    )
    wrong = [
        session_id
        for session_id, form, owner_id, named in rows
        if named != _author(form, owner_id, people.get(session_id, []))
    ]
    return sorted(set(wrong))
