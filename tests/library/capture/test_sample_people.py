"""Tests of sample people: a sample person is never also a real person of the same name."""

from sqlalchemy import select

from library.accounts import people
from library.accounts.names import add_person
from library.capture import sample_library, sample_people
from library.models import (
    Embedding,
    MentoringSession,
    Participant,
    ParticipantRole,
    Passage,
    Person,
    Visibility,
)
from library.sessions import sessions
from library.sessions.description import Description
from library.store import Library
from tests.builders import Account, add_session


def speakers_of(library: Library, session_id: int) -> set[int | None]:
    with library.reading() as db:
        own = select(Passage.speakers).where(Passage.session_id == session_id)
        return {speaker[0] for speakers in db.scalars(own) for speaker in speakers}


def test_loading_and_removing_the_samples_touches_no_real_person(library, mentor):
    """Real people who have the names of sample people are not in the sample sessions.

    They stay when the samples are removed.
    """
    names = [entry["name"] for entry in sample_library._manifest()["people"]]
    with library.transaction() as db:
        real = {add_person(db, name).id for name in names}

    sample_library.load(library)
    with library.reading() as db:
        taking_part = set(
            db.scalars(
                select(Participant.person_id).join(MentoringSession).where(MentoringSession.sample)
            )
        )
    sample_library.remove(library)

    assert taking_part
    assert not taking_part & real
    with library.reading() as db:
        people_left = db.scalars(select(Person).where(Person.name.in_(names))).all()
        assert {person.id for person in people_left} == real
        assert not any(person.sample for person in people_left)


def test_a_sample_person_in_a_real_session_gets_a_real_twin(library: Library, mentor: Account):
    """A sample person in a real session is replaced by a real person of the same name.

    A second run of `split_mixed_people` changes nothing.
    """
    with library.transaction() as db:
        sample = add_person(db, "Margaret Hale")
        sample_id = sample.id
    built = add_session(
        library,
        owner=mentor,
        lines=[("Margaret Hale", "Ask the same day.")],
        participants=[(sample_id, ParticipantRole.MENTOR)],
    )
    with library.transaction() as db:
        people.get(db, sample_id).sample = True
        vectors = db.scalars(select(Embedding.vector)).all()

    first, second = (
        sample_people.split_mixed_people(library),
        sample_people.split_mixed_people(library),
    )

    assert (first, second) == (1, 0)
    with library.reading() as db:
        (part,) = sessions.get(db, built.session_id).participants
        assert (part.person.name, part.person.sample) == ("Margaret Hale", False)
        assert part.person_id != sample_id
        assert db.scalars(select(Embedding.vector)).all() == vectors
        twin = part.person_id
    assert speakers_of(library, built.session_id) == {twin}


def test_a_real_person_in_a_sample_session_gets_a_sample_twin(library: Library, mentor: Account):
    """A real person in a sample session is replaced by a sample person of the same name."""
    with library.transaction() as db:
        described = Description(
            title="A sample",
            visibility=Visibility.PUBLIC,
            participants=[(mentor.id, ParticipantRole.MENTOR)],
        )
        session_id = sessions.add(db, described, owner_id=None, sample=True).id

    sample_people.split_mixed_people(library)

    with library.reading() as db:
        (part,) = sessions.get(db, session_id).participants
        assert part.person_id != mentor.id
        assert (part.person.name, part.person.sample) == (mentor.name, True)
        assert people.get(db, mentor.id).sample is False
