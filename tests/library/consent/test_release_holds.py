"""Tests of release holds: a session stays hidden until its speakers are known."""

import pytest
from sqlalchemy import select

from library.access import Viewer
from library.consent import ledger, release, release_holds
from library.consent.speaker_labels import names_a_person
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.models import (
    Collection,
    CollectionEntry,
    HoldKind,
    LedgerEntry,
    ParticipantRole,
    Passage,
    Release,
    ReleaseRule,
    Role,
    Segment,
    SourceKind,
    SpeakerIdentity,
    UnnamedReason,
    Visibility,
)
from library.preservation import checks
from library.sessions import sessions, sources
from library.sessions.description import Description
from library.speakers import identities, naming, unnamed_reasons
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from tests.builders import OPERATOR, Built, add_account, add_session

ADA, BEN = ("Ada Mentor", "Ask for feedback the same day."), ("Ben Mentee", "I was afraid to.")
UNNAMED, CONFIRM = HoldKind.UNNAMED_SPEAKER, HoldKind.UNCONFIRMED_NAME


def shared_session(library, mentor, lines, *, people=(), kind=SourceKind.TRANSCRIPT):
    """Add a session for all members with the mentor as participant. Waive the missing consents."""
    parts = [(mentor.id, ParticipantRole.MENTOR), *people]
    built = add_session(
        library,
        lines=lines,
        owner=mentor,
        participants=parts,
        visibility=Visibility.MEMBERS,
        kind=kind,
        released=False,
    )
    do(library, built, release.waive, OPERATOR, "as tests need it")
    return built


def do(library, built, act, viewer, *arguments, **options):
    """Call *act* in a new transaction with the viewer, the session and the other arguments.

    Return the result of *act*.
    """
    with library.transaction() as db:
        return act(db, viewer, sessions.get(db, built.session_id), *arguments, **options)


def hold_state(library, built):
    """Return kind and label of each release hold, and the release of the session."""
    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        holds = release_holds.holds_of(db, session)
        return [(hold.kind, hold.label) for hold in holds], session.release


@pytest.mark.parametrize("label", ["Speaker 2", "SPEAKER_01", "", "Interviewer", "Sprecher 3"])
def test_a_speaker_without_a_name_holds_the_release(library, mentor, label):
    """A segment of an unnamed speaker causes a release hold."""
    built = shared_session(
        library, mentor, [ADA, (label, "I would rather that nobody hears this.")]
    )

    holds, state = hold_state(library, built)

    assert (UNNAMED, label) in holds
    assert state is Release.WAITING


def test_more_speakers_than_people_are_said_beside_the_unnamed_ones(library, mentor, mentee):
    """A session with more speakers than participants has a release hold for this reason.

    Each unnamed speaker causes another release hold.
    """
    lines = [ADA, ("Speaker 2", "Yes."), ("Speaker 3", "No.")]
    more = shared_session(library, mentor, lines)
    enough = shared_session(
        library, mentor, [ADA, ("Speaker 2", "Aha.")], people=[(mentee.id, ParticipantRole.MENTEE)]
    )

    assert (HoldKind.MORE_SPEAKERS, "") in hold_state(library, more)[0]
    assert hold_state(library, enough)[0] == [(UNNAMED, "Speaker 2")]


def test_a_name_from_a_file_waits_for_a_yes(library, mentor):
    """A speaker's name from a file causes a release hold until a person confirms the name.

    The named person then becomes a participant.
    """
    built = shared_session(library, mentor, [ADA, ("Cleo Voice", "I spoke as well.")])
    before = hold_state(library, built)

    do(library, built, naming.confirm, mentor.viewer, [(built.source_id, "Cleo Voice")])

    with library.reading() as db:
        session = sessions.get(db, built.session_id)
        taking_part = {p.person.name for p in session.participants}
        asked_people = {a.person.name for a in session.answers if a.state.value == "asked"}
    assert before == ([(CONFIRM, "Cleo Voice")], Release.WAITING)
    assert hold_state(library, built) == ([], Release.WAITING)
    assert "Cleo Voice" in taking_part
    assert asked_people == {"Cleo Voice"}


def test_a_name_that_its_owner_listed_is_named_by_that(library, mentor, mentee):
    """The name of a listed participant needs no confirmation.

    After the person is removed from the participants, the name needs a confirmation.
    """
    built = shared_session(
        library, mentor, [ADA, BEN], people=[(mentee.id, ParticipantRole.MENTEE)]
    )
    state_before = hold_state(library, built)

    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        alone = Description(
            title="x",
            visibility=Visibility.MEMBERS,
            participants=[(mentor.id, ParticipantRole.MENTOR)],
        )
        sessions.describe(db, session, alone)

    assert state_before == ([], Release.RELEASED)
    assert hold_state(library, built) == ([(CONFIRM, "Ben Mentee")], Release.WAITING)


def test_the_owner_alone_needs_no_list(library, mentor):
    """A session in which only its owner speaks is released without a list of participants."""
    built = add_session(
        library, lines=[ADA], owner=mentor, visibility=Visibility.MEMBERS, released=False
    )
    do(library, built, release.choose, mentor.viewer)

    assert hold_state(library, built) == ([], Release.RELEASED)


def test_a_short_form_is_taken_for_a_participant_once_confirmed(library, mentor, mentee):
    """Confirming a short form of a participant's name links segments and passages to the person.

    The speaker label stays unchanged.
    """
    built = shared_session(
        library,
        mentor,
        [ADA, ("Ben", "I was afraid to.")],
        people=[(mentee.id, ParticipantRole.MENTEE)],
    )
    before = hold_state(library, built)[0]

    do(library, built, naming.confirm, mentor.viewer, [(built.source_id, "Ben")])

    with library.reading() as db:
        segment = db.scalars(select(Segment).where(Segment.speaker == "Ben")).one()
        speakers = [s for p in db.scalars(select(Passage)) for s in p.speakers if s[1] == "Ben"]
    assert before == [(CONFIRM, "Ben")]
    assert hold_state(library, built) == ([], Release.RELEASED)
    assert segment.person_id == mentee.id
    assert [one[0] for one in speakers] == [mentee.id]


def test_a_note_that_is_a_conversation_is_held_as_a_transcript_is(library, mentor):
    """Paragraphs of unnamed speakers in a note cause release holds."""
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
    assert hold_state(library, built) == ([*unnamed, (HoldKind.MORE_SPEAKERS, "")], Release.WAITING)


def test_a_recording_without_a_transcript_is_held(library, mentor):
    """A recording without a transcript causes a release hold.

    A note that the worker has read does not.
    """
    built = add_session(
        library,
        lines=[("", "A note.")],
        owner=mentor,
        visibility=Visibility.MEMBERS,
        kind=SourceKind.NOTE,
        released=False,
    )
    do(library, built, release.choose, mentor.viewer)
    note = hold_state(library, built)
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        sources.add(
            db, session, kind=SourceKind.RECORDING, filename="a.ogg", sha256="0" * 64, size=1
        )
        release.refresh(db, session)

    assert note == ([], Release.RELEASED)
    assert hold_state(library, built) == ([(HoldKind.NOT_TRANSCRIBED, "")], Release.WAITING)


def test_a_note_that_is_still_to_be_read_is_held(library, mentor):
    """A note causes a release hold until the worker has read it."""
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
    before = hold_state(library, built)
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        versions.save_version(db, source, [SegmentDraft(text="Ask early.")], origin="note")

    assert before == ([(HoldKind.NOT_READ, "")], Release.WAITING)
    assert hold_state(library, built) == ([], Release.RELEASED)


def test_a_hallucinated_segment_holds_nothing(library, mentor):
    """A hallucinated segment causes no release hold, because it has no speaker."""
    built = shared_session(library, mentor, [ADA])
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        lines = [
            SegmentDraft(text="Ask.", speaker="Ada Mentor", start=0, end=1),
            SegmentDraft(text="Thanks.", speaker="Speaker 2", start=1, end=2, suspect="music"),
        ]
        versions.save_version(db, source, lines, origin="import")

    assert hold_state(library, built)[0] == []


@pytest.mark.parametrize("why", [e for e in UnnamedReason if e is not UnnamedReason.UNREACHABLE])
def test_a_reason_from_the_list_is_in_the_ledger(library, mentor, why):
    """A reason why a speaker is unnamed ends the release hold and is in the ledger.

    Deleting the reason restores the release hold.
    """
    built = shared_session(library, mentor, [ADA, ("Speaker 2", "Testing, testing.")])
    place = (built.source_id, "Speaker 2")

    do(library, built, unnamed_reasons.set_reason, mentor.viewer, place, why)
    excused = hold_state(library, built)
    do(library, built, unnamed_reasons.reopen, mentor.viewer, place)

    with library.reading() as db:
        entry = db.scalars(
            select(LedgerEntry).where(LedgerEntry.content["kind"].as_string() == "excused")
        ).one()
        text = ledger.texts(db, [entry])[entry.content["reason"]]
        assert list(ledger.objections(db)) == []
    assert excused == ([], Release.RELEASED)
    assert entry.content["excuse"] == why.value
    assert text == f"Speaker 2: {unnamed_reasons.REASONS[why]}"
    assert (UNNAMED, "Speaker 2") in hold_state(library, built)[0]


def test_only_administrators_excuse_as_unreachable(library, mentor):
    """Only an administrator may give the reason "unreachable" for an unnamed speaker.

    The administrator must say what was tried.
    """
    built = shared_session(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    place = (built.source_id, "Speaker 2")

    with pytest.raises(NotAllowedError):
        do(
            library,
            built,
            unnamed_reasons.set_reason,
            mentor.viewer,
            place,
            UnnamedReason.UNREACHABLE,
            reason="Gone.",
        )
    with pytest.raises(InvalidInputError, match="how you tried"):
        do(library, built, unnamed_reasons.set_reason, OPERATOR, place, UnnamedReason.UNREACHABLE)
    do(
        library,
        built,
        unnamed_reasons.set_reason,
        OPERATOR,
        place,
        UnnamedReason.UNREACHABLE,
        reason="Wrote twice.",
    )

    assert hold_state(library, built) == ([], Release.RELEASED)


def test_only_the_owner_names_a_speaker_as_themselves(library, mentor):
    """Only the owner can say that an unnamed speaker is the owner. An administrator cannot."""
    built = shared_session(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    admin = add_account(library, "Ines Admin", Role.ADMIN).viewer

    with pytest.raises(NotAllowedError):
        do(
            library,
            built,
            unnamed_reasons.set_reason,
            admin,
            (built.source_id, "Speaker 2"),
            UnnamedReason.OWN_VOICE,
        )


def test_only_waiting_labels_are_confirmed_or_excused(library, mentor):
    """A speaker label that needs no confirmation cannot be confirmed.

    A label that is not in the transcript cannot get a reason.
    """
    built = shared_session(library, mentor, [ADA])

    with pytest.raises(ConflictError):
        do(library, built, naming.confirm, mentor.viewer, [(built.source_id, "Ada Mentor")])
    place = (built.source_id, "Speaker 9")
    with pytest.raises(NotFoundError):
        do(
            library,
            built,
            unnamed_reasons.set_reason,
            mentor.viewer,
            place,
            UnnamedReason.NO_PERSON,
        )


def test_a_name_typed_in_a_correction_is_confirmed(library, mentor):
    """A speaker's name that an editor types in a correction counts as confirmed.

    The named person must still agree.
    """
    built = shared_session(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        drafts = [
            SegmentDraft(text="Ask.", speaker="Ada Mentor", start=0, end=1),
            SegmentDraft(text="Hello.", speaker="Dora Voice", start=1, end=2),
        ]
        base = versions.current_version(db, source.id).id
        versions.save_correction(db, mentor.viewer, source, base_id=base, segments=drafts)

    with library.reading() as db:
        row = db.get(SpeakerIdentity, (built.source_id, "Dora Voice"))
    assert (row.confirmed_by, row.origin.value) == (mentor.id, "editor")
    assert hold_state(library, built) == ([], Release.WAITING)


def test_a_new_transcript_drops_reasons_for_unnamed_speakers(library, mentor):
    """A new transcript deletes the reasons why speakers of the earlier transcript are unnamed."""
    built = shared_session(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    place = (built.source_id, "Speaker 2")
    do(library, built, unnamed_reasons.set_reason, mentor.viewer, place, UnnamedReason.NO_PERSON)
    with library.transaction() as db:
        lines = [SegmentDraft(text="I.", speaker="Speaker 2", start=0, end=1)]
        versions.save_version(db, sources.get(db, built.source_id), lines, origin="whisper")

    holds, state = hold_state(library, built)
    assert (UNNAMED, "Speaker 2") in holds
    assert state is Release.WAITING


def test_a_speaker_who_is_alone_is_named(library, mentor):
    """If the owner said that they recorded alone, a single speaker counts as the owner.

    Two speakers cause a release hold.
    """
    found = []
    for labels in (("",), ("Speaker 1",), ("Speaker 1", "Speaker 2")):
        built = shared_session(library, mentor, [ADA])
        with library.transaction() as db:
            source = sources.get(db, built.source_id)
            source.alone = True
            lines = [
                SegmentDraft(text="I.", speaker=label, start=number, end=number + 1)
                for number, label in enumerate(labels)
            ]
            versions.save_version(db, source, lines, origin="whisper")
        found.append(hold_state(library, built)[1])

    assert found == [Release.RELEASED, Release.RELEASED, Release.WAITING]


def test_with_the_mentors_rule_every_speaker_is_named_and_informed(library, mentor, mentee):
    """If only mentors must agree, a mentee must still be named and informed."""
    lines = [ADA, ("Speaker 2", "I was afraid to.")]
    built = shared_session(library, mentor, lines, people=[(mentee.id, ParticipantRole.MENTEE)])
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        collection = Collection(title="Mentors", release_rule=ReleaseRule.MENTORS)
        db.add(collection)
        db.flush()
        db.add(CollectionEntry(collection_id=collection.id, session_id=session.id))
        for answer in list(session.answers):
            if answer.person_id == mentee.id:
                session.answers.remove(answer)
        release.refresh(db, session)
    before = hold_state(library, built)[1]

    place = (built.source_id, "Speaker 2")
    with library.transaction() as db:
        identities.keep(db, mentor.viewer, place, mentee.id)
        identities.propagate_person(db, place, mentee.id)
        release.refresh(db, sessions.get(db, built.session_id))

    with library.reading() as db:
        informed_ids = [
            entry.person_id
            for entry in db.scalars(select(LedgerEntry))
            if entry.content["kind"] == "told"
        ]
    assert before is Release.WAITING
    assert hold_state(library, built) == ([], Release.RELEASED)
    assert informed_ids == [mentee.id]


def test_a_refusal_counts_more_than_a_hold(library, mentor, mentee):
    """A session with a refusal and a release hold counts as refused."""
    lines = [ADA, BEN, ("Speaker 3", "Hm.")]
    built = shared_session(library, mentor, lines, people=[(mentee.id, ParticipantRole.MENTEE)])

    do(library, built, release.respond, mentee.viewer, agree=False)

    assert hold_state(library, built)[1] is Release.REFUSED


def test_samples_are_never_held(library):
    """A sample session is released although its recording has no transcript."""
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
        release.refresh(db, session)
        assert session.release is Release.RELEASED


def test_verify_reports_a_released_session_with_a_hold(library, mentor):
    """`verify` reports a released session that has an unnamed speaker."""
    built = shared_session(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    with library.transaction() as db:
        sessions.get(db, built.session_id).release = Release.RELEASED

    findings = list(checks.checks(thorough=False)["Releases"](library))

    assert len(findings) == 1
    assert "is stored as released, but should be waiting" in findings[0]
    assert "“Speaker 2” has no name yet." in findings[0]


def test_owner_and_administrators_count_sessions_to_name(library, mentor, mentee):
    """Owners and administrators see how many sessions have speakers to name.

    For other people the number is 0.
    """
    shared_session(library, mentor, [ADA, ("Speaker 2", "Hello.")])
    shared_session(library, mentor, [ADA])
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
def test_names_of_people_are_recognised(label):
    """Short names, and names that begin like a role, are recognised as names of people."""
    assert names_a_person(label)
