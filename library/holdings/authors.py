"""Who wrote a note: what one person wrote alone is that person's word.

The author is the single person whom a session of the form "a note" names, or its owner where it
names no person. In other forms a note is its owner's word where no other person takes part; a note
about a talk of several people has no author. The author is kept as the person of the note's
segments, which have no speaker label, so neither the text of its passages nor their vectors change.
"""

from collections.abc import Sequence

from sqlalchemy import select, update

from library.holdings import passage_people
from library.models import (
    Form,
    MentoringSession,
    Participant,
    Segment,
    Source,
    SourceKind,
    TranscriptVersion,
)
from library.store import Library, Transaction


def author_of(session: MentoringSession) -> int | None:
    """Return the id of the person who wrote the notes of a session; None: not one person."""
    return _author(session.form, session.owner_id, [p.person_id for p in session.participants])


def author_of_source(source: Source) -> int | None:
    """Return the id of the person who wrote a note; None: not one person."""
    return source.added_by or author_of(source.session)


def follow(db: Transaction, session: MentoringSession) -> None:
    """Let the notes of a session, and their passages, name the author that follows from it now."""
    for source in [source for source in session.sources if source.kind is SourceKind.NOTE]:
        _name(db, source.id, author_of_source(source))


def follow_all(library: Library) -> int:
    """Let every note of the library name its author; return how many changed.

    Each is a short transaction of its own, so that others can write in between. The release stays:
    an author is the owner, who releases by choosing the visibility, or a participant, who is asked.
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
    passage_people.follow_author(db, source_id)


def _outdated(db: Transaction) -> list[int]:
    """Return the ids of sessions with a note whose segments do not name the author."""
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
