"""Labels of transcripts and the people of one name."""

import pytest
from sqlalchemy import select

from library.consent import release_holds
from library.editing import speaker_names, speaker_naming, transcripts
from library.editing.transcripts import SegmentDraft
from library.errors import InvalidInputError
from library.holdings import sessions, sources
from library.holdings.naming import AmbiguousNameError
from library.models import (
    HoldKind,
    Part,
    Participant,
    Passage,
    Person,
    Release,
    Role,
    Segment,
    SpeakerRelease,
    Visibility,
)
from library.store import Library
from tests.builders import Account, Built, add_account, add_session

LINES = [("Sam Lee", "I would ask on the same day."), ("Ada Mentor", "Say why.")]


@pytest.fixture
def sams(library: Library) -> list[Account]:
    """Two accounts of one name."""
    return [
        add_account(library, "Sam Lee", Role.MENTEE, email=f"sam.{n}@example.org")
        for n in ("one", "two")
    ]


def from_file(library: Library, owner: Account, **more) -> Built:
    """A session of which a file names Sam Lee as a speaker."""
    return add_session(library, lines=LINES, owner=owner, released=False, **more)


def people_in(library: Library, built: Built) -> dict[str, int | None]:
    with library.reading() as db:
        version = transcripts.current_version(db, built.source_id)
        assert version is not None
        rows = select(Segment.speaker, Segment.person_id).where(Segment.version_id == version.id)
        return {row.speaker: row.person_id for row in db.execute(rows)}


def kinds(library: Library, built: Built) -> set[HoldKind]:
    with library.reading() as db:
        held = release_holds.holds_of(db, sessions.get(db, built.session_id))
        return {hold.kind for hold in held if hold.label == "Sam Lee"}


def test_a_name_in_a_file_that_two_people_have_is_nobody_s(library, mentor, sams):
    """The session comes in, nobody of the name is asked or sees it, and the release waits."""
    built = from_file(library, mentor)

    assert people_in(library, built) == {"Sam Lee": None, "Ada Mentor": mentor.id}
    assert kinds(library, built) == {HoldKind.AMBIGUOUS_NAME}
    with library.reading() as db:
        assert sessions.get(db, built.session_id).release is not Release.RELEASED
        assert [sessions.visible(db, sam.viewer) for sam in sams] == [[], []]
        ids = [sam.id for sam in sams]
        asked = select(SpeakerRelease.person_id).where(SpeakerRelease.person_id.in_(ids))
        assert list(db.scalars(asked)) == []


def test_a_participant_is_meant_inside_the_session(library, mentor, sams):
    """Where one of two takes part, a label of that name is theirs."""
    built = from_file(library, mentor, participants=[(sams[1].id, Part.MENTEE)])

    assert people_in(library, built)["Sam Lee"] == sams[1].id
    assert HoldKind.AMBIGUOUS_NAME not in kinds(library, built)


@pytest.mark.parametrize("chosen", [0, 1])
def test_the_owner_chooses_by_one_press(library, mentor, sams, chosen):
    """Segments and passages name the chosen one, who takes part and is asked; the other is not."""
    built = from_file(library, mentor)

    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        asked = speaker_names.question_of(db, mentor.viewer, session, "Sam Lee")
        place = (built.source_id, "Sam Lee")
        choices = {"Sam Lee": sams[chosen].id}
        speaker_naming.name(db, mentor.viewer, session, place, "Sam Lee", choices=choices)

    assert {choice.person_id for choice in asked.choices} == {sam.id for sam in sams}
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
    """The third Sam Lee has no account."""
    built = from_file(library, mentor)
    place = (built.source_id, "Sam Lee")

    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        speaker_naming.name(db, mentor.viewer, session, place, "Sam Lee", choices={"Sam Lee": None})

    new = people_in(library, built)["Sam Lee"]
    assert new not in {None, *(sam.id for sam in sams)}


def test_a_person_of_another_name_cannot_be_chosen(library, mentor, mentee, sams):
    """Only the people of the name, whom the owner knows, are answers."""
    built = from_file(library, mentor)
    place, choices = (built.source_id, "Sam Lee"), {"Sam Lee": mentee.id}

    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        with pytest.raises(InvalidInputError):
            speaker_naming.name(db, mentor.viewer, session, place, "Sam Lee", choices=choices)


def correct(library: Library, owner: Account, built: Built, *lines: tuple[str, str], **choices):
    """Save a correction whose lines say who speaks."""
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        current = transcripts.current_version(db, source.id)
        assert current is not None
        segments = [SegmentDraft(text=text, speaker=speaker) for speaker, text in lines]
        transcripts.save_correction(
            db, owner.viewer, source, base_id=current.id, segments=segments, **choices
        )


def test_who_names_a_speaker_is_asked_which(library, mentor, sams):
    """A correction with a new name that two have is not saved until one was chosen."""
    built = add_session(library, lines=[("Speaker 1", "Ask.")], owner=mentor, released=False)

    with pytest.raises(AmbiguousNameError) as raised:
        correct(library, mentor, built, ("Sam Lee", "Ask."))
    correct(library, mentor, built, ("Sam Lee", "Ask."), choices={"Sam Lee": sams[1].id})

    assert raised.value.questions[0].name == "Sam Lee"
    assert people_in(library, built) == {"Sam Lee": sams[1].id}
    assert kinds(library, built) == set()


def test_a_correction_of_other_words_asks_nothing_about_an_open_name(library, mentor, sams):
    """A name from a file that waits for the owner does not stop a correction."""
    built = from_file(library, mentor)

    correct(library, mentor, built, ("Sam Lee", "I would ask."), ("Ada Mentor", "Say why."))

    assert people_in(library, built)["Sam Lee"] is None


def test_a_later_account_of_the_name_changes_nothing(library, mentor):
    """What a name meant in a transcript stays, whoever joins under it."""
    sam = add_account(library, "Sam Lee", Role.MENTEE)
    built = from_file(library, mentor)
    add_account(library, "Sam Lee", Role.MENTEE, email="later@example.org")

    correct(library, mentor, built, ("Sam Lee", "I would ask."), ("Ada Mentor", "Say why."))

    assert people_in(library, built)["Sam Lee"] == sam.id


def test_labels_of_a_sample_session_are_people_of_the_samples(library, mentor):
    """A sample speaker is never a real person of the name."""
    with library.transaction() as db:
        described = sessions.Description(title="A sample", visibility=Visibility.PUBLIC)
        session = sessions.add(db, described, owner_id=None, sample=True)
        meant = speaker_names.people_of(db, session, [mentor.name], choices={}, asker=None)
        person = db.get_one(Person, meant[mentor.name])

        assert (person.id == mentor.id, person.sample) == (False, True)
