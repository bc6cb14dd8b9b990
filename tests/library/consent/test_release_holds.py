"""Holds: nobody else finds a session before it is known who speaks in it."""

import pytest
from sqlalchemy import select

from library.access import Viewer
from library.consent import ledger, release, release_holds
from library.consent.speaker_labels import names_a_person
from library.editing import speaker_excuses, transcripts
from library.editing import speaker_naming as naming
from library.editing.transcripts import SegmentDraft
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.holdings import sessions, sources
from library.holdings.sessions import Description
from library.keeping import verify
from library.models import (
    Collection,
    CollectionEntry,
    Excuse,
    HoldKind,
    LedgerEntry,
    Part,
    Passage,
    Release,
    ReleaseRule,
    Role,
    Segment,
    SourceKind,
    SpeakerIdentity,
    Visibility,
)
from tests.builders import OPERATOR, Built, add_account, add_session

ADA, BEN = ("Ada Mentor", "Ask for feedback the same day."), ("Ben Mentee", "I was afraid to.")
UNNAMED, CONFIRM = HoldKind.UNNAMED_SPEAKER, HoldKind.UNCONFIRMED_NAME


def made(library, mentor, lines, *, people=(), kind=SourceKind.TRANSCRIPT):
    """A session for all members, with the mentor listed and everyone listed waived."""
    listed = [(mentor.id, Part.MENTOR), *people]
    built = add_session(
        library,
        lines=lines,
        owner=mentor,
        participants=listed,
        visibility=Visibility.MEMBERS,
        kind=kind,
        released=False,
    )
    do(library, built, release.waive, OPERATOR, "as tests need it")
    return built


def do(library, built, act, viewer, *given, **more):
    """Let *act* happen to a session, in a transaction of its own."""
    with library.transaction() as db:
        return act(db, viewer, sessions.get(db, built.session_id), *given, **more)


def held(library, built):
    """The kinds of holds with their labels, and how the session counts."""
    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        holds = release_holds.holds_of(db, session)
        return [(hold.kind, hold.label) for hold in holds], session.release


@pytest.mark.parametrize("label", ["Speaker 2", "SPEAKER_01", "", "Interviewer", "Sprecher 3"])
def test_a_speaker_without_a_name_holds_the_release(library, mentor, label):
    """Whatever a program calls a voice that it cannot name, and lines without a speaker."""
    built = made(library, mentor, [ADA, (label, "I would rather that nobody hears this.")])

    holds, state = held(library, built)

    assert (UNNAMED, label) in holds
    assert state is Release.WAITING


def test_more_speakers_than_people_are_said_beside_the_unnamed_ones(library, mentor, mentee):
    """With one person named and three speakers; with as many people as speakers it is not said."""
    lines = [ADA, ("Speaker 2", "Yes."), ("Speaker 3", "No.")]
    more = made(library, mentor, lines)
    enough = made(library, mentor, [ADA, ("Speaker 2", "Aha.")], people=[(mentee.id, Part.MENTEE)])

    assert (HoldKind.MORE_SPEAKERS, "") in held(library, more)[0]
    assert held(library, enough)[0] == [(UNNAMED, "Speaker 2")]


def test_a_name_from_a_file_waits_for_a_yes(library, mentor):
    """Nobody is asked for it before; confirmed, its person takes part and is asked."""
    built = made(library, mentor, [ADA, ("Cleo Voice", "I spoke as well.")])
    before = held(library, built)

    do(library, built, naming.confirm, mentor.viewer, [(built.source_id, "Cleo Voice")])

    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        taking_part = {p.person.name for p in session.participants}
        asked = {a.person.name for a in session.answers if a.state.value == "asked"}
    assert before == ([(CONFIRM, "Cleo Voice")], Release.WAITING)
    assert held(library, built) == ([], Release.WAITING)
    assert "Cleo Voice" in taking_part
    assert asked == {"Cleo Voice"}


def test_a_name_that_its_owner_listed_is_named_by_that(library, mentor, mentee):
    """Taken off the list again, it waits for a yes."""
    built = made(library, mentor, [ADA, BEN], people=[(mentee.id, Part.MENTEE)])
    listed = held(library, built)

    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        alone = Description(
            title="x", visibility=Visibility.MEMBERS, participants=[(mentor.id, Part.MENTOR)]
        )
        sessions.describe(db, session, alone)

    assert listed == ([], Release.RELEASED)
    assert held(library, built) == ([(CONFIRM, "Ben Mentee")], Release.WAITING)


def test_the_owner_alone_needs_no_list(library, mentor):
    """A file in which only its owner speaks holds nothing, though no participant is listed."""
    built = add_session(
        library, lines=[ADA], owner=mentor, visibility=Visibility.MEMBERS, released=False
    )
    do(library, built, release.choose, mentor.viewer)

    assert held(library, built) == ([], Release.RELEASED)


def test_a_short_form_is_taken_for_a_participant_once_confirmed(library, mentor, mentee):
    """Segments and passages name the participant from then on; the label stays."""
    built = made(
        library, mentor, [ADA, ("Ben", "I was afraid to.")], people=[(mentee.id, Part.MENTEE)]
    )
    before = held(library, built)[0]

    do(library, built, naming.confirm, mentor.viewer, [(built.source_id, "Ben")])

    with library.reading() as db:
        segment = db.scalars(select(Segment).where(Segment.speaker == "Ben")).one()
        said = [s for p in db.scalars(select(Passage)) for s in p.speakers if s[1] == "Ben"]
    assert before == [(CONFIRM, "Ben")]
    assert held(library, built) == ([], Release.RELEASED)
    assert segment.person_id == mentee.id
    assert [one[0] for one in said] == [mentee.id]


def test_a_note_that_is_a_conversation_is_held_as_a_transcript_is(library, mentor):
    """Paragraphs of voices without a name are not the word of who wrote the note."""
    built = add_session(
        library,
        lines=[("", "A talk."), ("Speaker 1", "I told nobody."), ("Speaker 2", "Keep it.")],
        owner=mentor,
        visibility=Visibility.MEMBERS,
        kind=SourceKind.NOTE,
        released=False,
    )

    do(library, built, release.choose, mentor.viewer)

    unnamed = [(HoldKind.UNNAMED_SPEAKER, f"Speaker {n}") for n in (1, 2)]
    assert held(library, built) == ([*unnamed, (HoldKind.MORE_SPEAKERS, "")], Release.WAITING)


def test_a_recording_without_a_transcript_is_held(library, mentor):
    """Until its words are there nobody knows who speaks; a note that was read waits for nothing."""
    built = add_session(
        library,
        lines=[("", "A note.")],
        owner=mentor,
        visibility=Visibility.MEMBERS,
        kind=SourceKind.NOTE,
        released=False,
    )
    do(library, built, release.choose, mentor.viewer)
    note = held(library, built)
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        sources.add(
            db, session, kind=SourceKind.RECORDING, filename="a.ogg", sha256="0" * 64, size=1
        )
        release.settle(db, session)

    assert note == ([], Release.RELEASED)
    assert held(library, built) == ([(HoldKind.NOT_TRANSCRIBED, "")], Release.WAITING)


def test_a_note_that_is_still_to_be_read_is_held(library, mentor):
    """It can be a conversation: nobody else finds it or its title before that is known."""
    described = Description(title="About a person", visibility=Visibility.MEMBERS)
    with library.transaction() as db:
        session = sessions.add(db, described, owner_id=mentor.id)
        db.flush()
        note = sources.add(
            db, session, kind=SourceKind.NOTE, filename="a.md", sha256="0" * 64, size=1
        )
        db.flush()
        built = Built(session.id, note.id, 0, [])
    do(library, built, release.choose, mentor.viewer)
    before = held(library, built)
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        transcripts.save_version(db, source, [SegmentDraft(text="Ask early.")], origin="note")

    assert before == ([(HoldKind.NOT_READ, "")], Release.WAITING)
    assert held(library, built) == ([], Release.RELEASED)


def test_what_was_probably_never_spoken_holds_nothing(library, mentor):
    """A line that is marked as hallucinated has no speaker to name."""
    built = made(library, mentor, [ADA])
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        lines = [
            SegmentDraft(text="Ask.", speaker="Ada Mentor", start=0, end=1),
            SegmentDraft(text="Thanks.", speaker="Speaker 2", start=1, end=2, suspect="music"),
        ]
        transcripts.save_version(db, source, lines, origin="import")

    assert held(library, built)[0] == []


@pytest.mark.parametrize("why", [e for e in Excuse if e is not Excuse.UNREACHABLE])
def test_a_reason_from_the_list_stands_in_the_ledger(library, mentor, why):
    """With the label and the reason; taken back, the speaker holds the release again."""
    built = made(library, mentor, [ADA, ("Speaker 2", "Testing, testing.")])
    place = (built.source_id, "Speaker 2")

    do(library, built, speaker_excuses.excuse, mentor.viewer, place, why)
    excused = held(library, built)
    do(library, built, speaker_excuses.reopen, mentor.viewer, place)

    with library.reading() as db:
        entry = db.scalars(
            select(LedgerEntry).where(LedgerEntry.content["kind"].as_string() == "excused")
        ).one()
        said = ledger.texts(db, [entry])[entry.content["reason"]]
        assert list(ledger.objections(db)) == []
    assert excused == ([], Release.RELEASED)
    assert entry.content["excuse"] == why.value
    assert said == f"Speaker 2: {speaker_excuses.REASONS[why]}"
    assert (UNNAMED, "Speaker 2") in held(library, built)[0]


def test_cannot_be_reached_is_an_administrators(library, mentor):
    """With a reason; the owner is refused, and an administrator without one."""
    built = made(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    place = (built.source_id, "Speaker 2")

    with pytest.raises(NotAllowedError):
        do(
            library,
            built,
            speaker_excuses.excuse,
            mentor.viewer,
            place,
            Excuse.UNREACHABLE,
            reason="Gone.",
        )
    with pytest.raises(InvalidInputError, match="what was tried"):
        do(library, built, speaker_excuses.excuse, OPERATOR, place, Excuse.UNREACHABLE)
    do(
        library,
        built,
        speaker_excuses.excuse,
        OPERATOR,
        place,
        Excuse.UNREACHABLE,
        reason="Wrote twice.",
    )

    assert held(library, built) == ([], Release.RELEASED)


def test_only_the_owner_says_that_a_voice_is_their_own(library, mentor):
    """An administrator who presses it would put words into somebody's mouth."""
    built = made(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    admin = add_account(library, "Ines Admin", Role.ADMIN).viewer

    with pytest.raises(NotAllowedError):
        do(
            library,
            built,
            speaker_excuses.excuse,
            admin,
            (built.source_id, "Speaker 2"),
            Excuse.OWN_VOICE,
        )


def test_only_what_waits_is_confirmed_or_excused(library, mentor):
    """A label that is not there, and one that is known already."""
    built = made(library, mentor, [ADA])

    with pytest.raises(ConflictError):
        do(library, built, naming.confirm, mentor.viewer, [(built.source_id, "Ada Mentor")])
    place = (built.source_id, "Speaker 9")
    with pytest.raises(NotFoundError):
        do(library, built, speaker_excuses.excuse, mentor.viewer, place, Excuse.NO_PERSON)


def test_a_name_typed_while_correcting_is_confirmed_by_who_typed_it(library, mentor):
    """The person has still to agree: naming is not asking."""
    built = made(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        drafts = [
            SegmentDraft(text="Ask.", speaker="Ada Mentor", start=0, end=1),
            SegmentDraft(text="Hello.", speaker="Dora Voice", start=1, end=2),
        ]
        base = transcripts.current_version(db, source.id).id
        transcripts.save_correction(db, mentor.viewer, source, base_id=base, segments=drafts)

    with library.reading() as db:
        row = db.get(SpeakerIdentity, (built.source_id, "Dora Voice"))
    assert (row.confirmed_by, row.origin.value) == (mentor.id, "editor")
    assert held(library, built) == ([], Release.WAITING)


def test_a_new_hearing_forgets_what_was_said_about_numbers(library, mentor):
    """A number of another transcript is another voice: its reason does not go on."""
    built = made(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    place = (built.source_id, "Speaker 2")
    do(library, built, speaker_excuses.excuse, mentor.viewer, place, Excuse.NO_PERSON)
    with library.transaction() as db:
        lines = [SegmentDraft(text="I.", speaker="Speaker 2", start=0, end=1)]
        transcripts.save_version(db, sources.get(db, built.source_id), lines, origin="whisper")

    holds, state = held(library, built)
    assert (UNNAMED, "Speaker 2") in holds
    assert state is Release.WAITING


def test_who_said_to_speak_alone_is_named(library, mentor):
    """One voice gets its owner's name; two voices, and the tick says nothing."""
    found = []
    for labels in (("",), ("Speaker 1",), ("Speaker 1", "Speaker 2")):
        built = made(library, mentor, [ADA])
        with library.transaction() as db:
            source = sources.get(db, built.source_id)
            source.alone = True
            lines = [
                SegmentDraft(text="I.", speaker=label, start=number, end=number + 1)
                for number, label in enumerate(labels)
            ]
            transcripts.save_version(db, source, lines, origin="whisper")
        found.append(held(library, built)[1])

    assert found == [Release.RELEASED, Release.RELEASED, Release.WAITING]


def test_where_mentors_decide_everyone_is_named_and_told(library, mentor, mentee):
    """The mentee's answer is not needed; the ledger says that they are told, once."""
    lines = [ADA, ("Speaker 2", "I was afraid to.")]
    built = made(library, mentor, lines, people=[(mentee.id, Part.MENTEE)])
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        shelf = Collection(title="Mentors", release_rule=ReleaseRule.MENTORS)
        db.add(shelf)
        db.flush()
        db.add(CollectionEntry(collection_id=shelf.id, session_id=session.id))
        for answer in list(session.answers):
            if answer.person_id == mentee.id:
                session.answers.remove(answer)
        release.settle(db, session)
    before = held(library, built)[1]

    place = (built.source_id, "Speaker 2")
    do(library, built, naming.assign, mentor.viewer, place, mentee.id)
    with library.transaction() as db:
        release.settle(db, sessions.get(db, built.session_id))

    with library.reading() as db:
        told = [
            entry.person_id
            for entry in db.scalars(select(LedgerEntry))
            if entry.content["kind"] == "told"
        ]
    assert before is Release.WAITING
    assert held(library, built) == ([], Release.RELEASED)
    assert told == [mentee.id]


def test_a_refusal_counts_more_than_a_hold(library, mentor, mentee):
    """Somebody who said no is said first, whoever else has to be named."""
    lines = [ADA, BEN, ("Speaker 3", "Hm.")]
    built = made(library, mentor, lines, people=[(mentee.id, Part.MENTEE)])

    do(library, built, release.respond, mentee.viewer, agree=False)

    assert held(library, built)[1] is Release.REFUSED


def test_samples_are_never_held(library):
    """Their people are invented."""
    with library.transaction() as db:
        session = sessions.add(
            db,
            Description(title="Sample", visibility=Visibility.PUBLIC),
            owner_id=None,
            sample=True,
        )
        sources.add(
            db, session, kind=SourceKind.RECORDING, filename="a.ogg", sha256="0" * 64, size=1
        )
        release.settle(db, session)
        assert session.release is Release.RELEASED


def test_verify_says_which_hold_was_passed_over(library, mentor):
    """A row that says otherwise is told with the speaker whom nobody named."""
    built = made(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    with library.transaction() as db:
        sessions.get(db, built.session_id).release = Release.RELEASED

    said = list(verify.checks(thorough=False)["Releases"](library))

    assert len(said) == 1
    assert "counts as released, but is waiting" in said[0]
    assert "“Speaker 2” has no name yet." in said[0]


def test_the_list_of_sessions_to_name_is_an_owners_and_an_administrators(library, mentor, mentee):
    """A session that waits for its transcript, or for answers only, is not on it."""
    made(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    made(library, mentor, [ADA])
    admin = add_account(library, "Ines Admin", Role.ADMIN)

    with library.reading() as db:
        counts = [
            naming.count_to_name(db, viewer)
            for viewer in (mentor.viewer, admin.viewer, mentee.viewer, Viewer())
        ]

    assert counts == [1, 1, 0, 0]


@pytest.mark.parametrize(
    "label",
    ["Ada", "Al", "Sam", "Guest Ann", "Host Meier", "Manny", "李明", "Dr. O'Neil", "Ann-Marie 2nd"],
)
def test_names_of_people_are_told_from_numbers_and_roles(label):
    """Also short ones, and ones that begin like a role."""
    assert names_a_person(label)
