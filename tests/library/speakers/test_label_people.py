"""Tests of `label_people`: which person a speaker label means.

Covers: identities, naming, source_speakers.
"""

import pytest
from sqlalchemy import select

from library.consent import release_holds
from library.errors import InvalidInputError
from library.models import (
    HoldKind,
    Participant,
    ParticipantRole,
    Passage,
    Person,
    Release,
    Role,
    Segment,
    SpeakerConsent,
    Visibility,
)
from library.sessions import sessions, sources
from library.sessions.description import Description
from library.sessions.person_lookup import AmbiguousNameError
from library.speakers import label_people, naming
from library.store import Library
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from tests.builders import Account, Built, add_account, add_session

LINES = [("Sam Lee", "I would ask on the same day."), ("Ada Mentor", "Say why.")]


@pytest.fixture
def sams(library: Library) -> list[Account]:
    """Two accounts that are both named Sam Lee."""
    return [
        add_account(library, "Sam Lee", Role.MENTEE, email=f"sam.{n}@example.org")
        for n in ("one", "two")
    ]


def from_file(library: Library, owner: Account, **more) -> Built:
    """Add a session with a transcript file that names Sam Lee."""
    return add_session(library, lines=LINES, owner=owner, released=False, **more)


def people_in(library: Library, built: Built) -> dict[str, int | None]:
    with library.reading() as db:
        version = versions.current_version(db, built.source_id)
        assert version is not None
        rows = select(Segment.speaker, Segment.person_id).where(Segment.version_id == version.id)
        return {row.speaker: row.person_id for row in db.execute(rows)}


def kinds(library: Library, built: Built) -> set[HoldKind]:
    with library.reading() as db:
        holds = release_holds.holds_of(db, sessions.get(db, built.session_id))
        return {hold.kind for hold in holds if hold.label == "Sam Lee"}


def test_an_ambiguous_name_in_a_file_is_linked_to_no_person(library, mentor, sams):
    """An ambiguous name in a file is linked to no person and causes a release hold."""
    built = from_file(library, mentor)

    assert people_in(library, built) == {"Sam Lee": None, "Ada Mentor": mentor.id}
    assert kinds(library, built) == {HoldKind.AMBIGUOUS_NAME}
    with library.reading() as db:
        assert sessions.get(db, built.session_id).release is not Release.RELEASED
        assert [sessions.visible(db, sam.viewer) for sam in sams] == [[], []]
        ids = [sam.id for sam in sams]
        query = select(SpeakerConsent.person_id).where(SpeakerConsent.person_id.in_(ids))
        assert list(db.scalars(query)) == []


def test_a_participant_is_meant_inside_the_session(library, mentor, sams):
    """If several people have the name of a label, the label means the one who is a participant."""
    built = from_file(library, mentor, participants=[(sams[1].id, ParticipantRole.MENTEE)])

    assert people_in(library, built)["Sam Lee"] == sams[1].id
    assert HoldKind.AMBIGUOUS_NAME not in kinds(library, built)


@pytest.mark.parametrize("chosen", [0, 1])
def test_the_owner_chooses_by_one_press(library, mentor, sams, chosen):
    """The owner's choice for an ambiguous name links segments and passages to one person.

    This person becomes a participant.
    """
    built = from_file(library, mentor)

    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        question = label_people.question_of(db, mentor.viewer, session, "Sam Lee")
        place = (built.source_id, "Sam Lee")
        choices = {"Sam Lee": sams[chosen].id}
        naming.name(db, mentor.viewer, session, place, "Sam Lee", choices=choices)

    assert {choice.person_id for choice in question.choices} == {sam.id for sam in sams}
    assert people_in(library, built)["Sam Lee"] == sams[chosen].id
    assert kinds(library, built) == set()
    with library.reading() as db:
        own = select(Passage.speakers).where(Passage.session_id == built.session_id)
        named = {s[0] for speakers in db.scalars(own) for s in speakers}
        assert named == {sams[chosen].id, mentor.id}
        part = select(Participant.person_id).where(Participant.session_id == built.session_id)
        assert sams[chosen].id in set(db.scalars(part))
        assert sessions.visible(db, sams[1 - chosen].viewer) == []


def test_somebody_else_is_a_new_person(library, mentor, sams):
    """The choice "somebody else" for an ambiguous label makes a new person."""
    built = from_file(library, mentor)
    place = (built.source_id, "Sam Lee")

    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        naming.name(db, mentor.viewer, session, place, "Sam Lee", choices={"Sam Lee": None})

    new = people_in(library, built)["Sam Lee"]
    assert new not in {None, *(sam.id for sam in sams)}


def test_a_person_of_another_name_cannot_be_chosen(library, mentor, mentee, sams):
    """A person whose name differs from a speaker label cannot be chosen for the label."""
    built = from_file(library, mentor)
    place, choices = (built.source_id, "Sam Lee"), {"Sam Lee": mentee.id}

    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        with pytest.raises(InvalidInputError):
            naming.name(db, mentor.viewer, session, place, "Sam Lee", choices=choices)


def correct(library: Library, owner: Account, built: Built, *lines: tuple[str, str], **choices):
    """Save a correction with the given speakers and texts."""
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        current = versions.current_version(db, source.id)
        assert current is not None
        segments = [SegmentDraft(text=text, speaker=speaker) for speaker, text in lines]
        versions.save_correction(
            db, owner.viewer, source, base_id=current.id, segments=segments, **choices
        )


def test_an_ambiguous_name_in_a_correction_is_a_question(library, mentor, sams):
    """A correction that adds an ambiguous name is refused until a person is chosen."""
    built = add_session(library, lines=[("Speaker 1", "Ask.")], owner=mentor, released=False)

    with pytest.raises(AmbiguousNameError) as raised:
        correct(library, mentor, built, ("Sam Lee", "Ask."))
    correct(library, mentor, built, ("Sam Lee", "Ask."), choices={"Sam Lee": sams[1].id})

    assert raised.value.questions[0].name == "Sam Lee"
    assert people_in(library, built) == {"Sam Lee": sams[1].id}
    assert kinds(library, built) == set()


def test_an_ambiguous_name_does_not_block_other_corrections(library, mentor, sams):
    """An ambiguous name from a file does not prevent corrections of the text."""
    built = from_file(library, mentor)

    correct(library, mentor, built, ("Sam Lee", "I would ask."), ("Ada Mentor", "Say why."))

    assert people_in(library, built)["Sam Lee"] is None


def test_a_later_account_of_the_name_changes_nothing(library, mentor):
    """A speaker label keeps its person if an account of the same name is added later."""
    sam = add_account(library, "Sam Lee", Role.MENTEE)
    built = from_file(library, mentor)
    add_account(library, "Sam Lee", Role.MENTEE, email="later@example.org")

    correct(library, mentor, built, ("Sam Lee", "I would ask."), ("Ada Mentor", "Say why."))

    assert people_in(library, built)["Sam Lee"] == sam.id


def test_labels_of_a_sample_session_are_people_of_the_samples(library, mentor):
    """In a sample session, a speaker label means a sample person and never a real person."""
    with library.transaction() as db:
        described = Description(title="A sample", visibility=Visibility.PUBLIC)
        session = sessions.add(db, described, owner_id=None, sample=True)
        meant = label_people.people_of(db, session, [mentor.name], choices={}, asker=None)
        person = db.get_one(Person, meant[mentor.name])

        assert (person.id == mentor.id, person.sample) == (False, True)
