"""People of the sample library and real people, kept apart where an earlier version mixed them.

Until names were a question, a name that a sample person had was taken for that person in real
sessions, and a real person of such a name for the one in the samples.
"""

from sqlalchemy import Select, or_, select, update

from library.accounts.person_names import add_person
from library.holdings import passage_people
from library.models import (
    MentoringSession,
    Participant,
    Person,
    Segment,
    Source,
    SpeakerIdentity,
    SpeakerRelease,
    TranscriptVersion,
)
from library.store import Library, Transaction


def keep_apart(library: Library) -> int:
    """Give people who stand in sample and real sessions a twin for the others; return how many.

    Each is a short transaction of its own. What a session says, and its release, stay as they are.
    """
    with library.reading() as db:
        mixed = list(db.scalars(_mixed()))
    for person_id in mixed:
        with library.transaction() as db:
            if db.scalar(_mixed().where(Person.id == person_id)) is not None:
                _part(db, db.get_one(Person, person_id))
    return len(mixed)


def _mixed() -> Select[int]:
    """Sample people in real sessions, and real people in sample sessions."""
    session = (
        select(MentoringSession.id)
        .where(MentoringSession.sample != Person.sample, MentoringSession.deleted_at.is_(None))
        .where(
            or_(
                MentoringSession.id.in_(
                    select(Participant.session_id)
                    .where(Participant.person_id == Person.id)
                    .correlate(Person)
                ),
                MentoringSession.id.in_(
                    select(Source.session_id)
                    .join(TranscriptVersion, TranscriptVersion.source_id == Source.id)
                    .join(Segment, Segment.version_id == TranscriptVersion.id)
                    .where(Segment.person_id == Person.id)
                    .correlate(Person)
                ),
            )
        )
    )
    return select(Person.id).where(session.exists()).order_by(Person.id)


def _part(db: Transaction, person: Person) -> None:
    """Let a new person of the same name stand in the sessions of the other kind."""
    if person.sample and person.email is not None:
        person.sample = False  # somebody with an account is real
    twin = add_person(db, person.name, sample=not person.sample)
    if twin.sample:
        twin.role = person.role
    theirs = select(MentoringSession.id).where(MentoringSession.sample == twin.sample)
    sources = select(Source.id).where(Source.session_id.in_(theirs))
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id.in_(sources))
    touched = db.scalars(
        select(TranscriptVersion.source_id)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .where(Segment.person_id == person.id, TranscriptVersion.id.in_(versions))
        .distinct()
    ).all()
    for column, inside in (
        (Participant.person_id, Participant.session_id.in_(theirs)),
        (SpeakerRelease.person_id, SpeakerRelease.session_id.in_(theirs)),
        (SpeakerIdentity.person_id, SpeakerIdentity.source_id.in_(sources)),
        (Segment.person_id, Segment.version_id.in_(versions)),
    ):
        moved = update(column.class_).where(column == person.id, inside)
        db.execute(moved.values({column.key: twin.id}))
    for source_id in touched:
        passage_people.hand_over(db, source_id, person.id, twin.id)
