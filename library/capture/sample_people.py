"""Separation of sample people and real people that an earlier version mixed up.

An earlier version matched people by name only. So a sample person could be in real
sessions, and a real person in sample sessions.
"""

from sqlalchemy import Select, or_, select, update

from library.accounts.names import add_person
from library.models import (
    MentoringSession,
    Participant,
    Person,
    Segment,
    Source,
    SpeakerConsent,
    SpeakerIdentity,
    TranscriptVersion,
)
from library.sessions import passage_speakers
from library.store import Library, Transaction


def split_mixed_people(library: Library) -> int:
    """Split people who are in both sample and real sessions. Return their number.

    Each split is one short transaction. Transcripts and consent do not change.
    """
    with library.reading() as db:
        mixed = list(db.scalars(_mixed()))
    for person_id in mixed:
        with library.transaction() as db:
            if db.scalar(_mixed().where(Person.id == person_id)) is not None:
                _split_person(db, db.get_one(Person, person_id))
    return len(mixed)


def _mixed() -> Select[int]:
    """Select sample people in real sessions, and real people in sample sessions."""
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


def _split_person(db: Transaction, person: Person) -> None:
    """Create a second person of the same name, and move some sessions to this person.

    A sample person keeps the sample sessions, and the new person gets the real sessions. A real
    person keeps the real sessions, and the new person gets the sample sessions.
    """
    if person.sample and person.email is not None:
        person.sample = False  # a person with an account is real
    twin = add_person(db, person.name, sample=not person.sample)
    if twin.sample:
        twin.role = person.role
    theirs = select(MentoringSession.id).where(MentoringSession.sample == twin.sample)
    sources = select(Source.id).where(Source.session_id.in_(theirs))
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id.in_(sources))
    source_ids = db.scalars(
        select(TranscriptVersion.source_id)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .where(Segment.person_id == person.id, TranscriptVersion.id.in_(versions))
        .distinct()
    ).all()
    for column, inside in (
        (Participant.person_id, Participant.session_id.in_(theirs)),
        (SpeakerConsent.person_id, SpeakerConsent.session_id.in_(theirs)),
        (SpeakerIdentity.person_id, SpeakerIdentity.source_id.in_(sources)),
        (Segment.person_id, Segment.version_id.in_(versions)),
    ):
        moved = update(column.class_).where(column == person.id, inside)
        db.execute(moved.values({column.key: twin.id}))
    for source_id in source_ids:
        passage_speakers.replace_speaker(db, source_id, person.id, twin.id)
