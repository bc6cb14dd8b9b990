"""Taking back one part of a session, and the receipts of what was removed for good."""

import pytest

from library.access import GUEST, visible_sessions
from library.editing import transcripts
from library.errors import ConflictError, NotAllowedError, NotFoundError
from library.holdings import sessions, sources
from library.models import MentoringSession, Originals, Person, Release, SealedOriginal, SourceKind
from library.searching import searches
from library.withdrawal import compaction, holds, off_record, originals, removed, taking_back
from library.withdrawal.off_record import Wording
from tests.builders import TALK, add_part, add_session
from tests.remains import left_in

SECRET = "zanzibarflamingo"
SAID = [("Cleo", f"Our password was {SECRET} until Easter."), ("Ada", "Oh dear.")]


@pytest.fixture
def talk(library, mentor):
    """A public session with sound."""
    library.forget_passages = list
    return add_session(library, owner=mentor, content=b"its sound")


@pytest.fixture
def part(library, talk):
    """Another recording of the same session, which holds the secret."""
    return add_part(library, talk.session_id, lines=SAID, content=SECRET.encode())


def test_one_part_goes_and_the_rest_stays(library, mentor, talk, part):
    """Its words, file, vectors and what repeats it are gone; the other part is as it was."""
    with library.transaction() as db:
        searches.remember(db, mentor.viewer, f"who said {SECRET}?")
        sessions.get(db, talk.session_id).title = f"On {SECRET} and feedback"

    taking_back.take_back_source(library, mentor.viewer, part.source_id)

    assert left_in(library, SECRET) == []
    with library.reading() as db:
        session = sessions.get(db, talk.session_id)
        assert [source.id for source in session.sources] == [talk.source_id]
        assert session.title == "On \u2026 and feedback"
        version = transcripts.current_version(db, talk.source_id)
        assert [s.text for s in transcripts.segments_of(db, version.id)] == [t for _, t in TALK]
        assert library.files.has(session.sources[0].sha256)
        assert "Cleo" not in {person.name for person in db.query(Person)}


def test_words_of_earlier_versions_go_from_what_repeats_them(library, mentor, talk, part):
    """A title that quotes what was corrected long ago loses it as well."""
    with library.transaction() as db:
        source = sources.get(db, part.source_id)
        transcripts.save_version(db, source, [], origin="correction", author_id=mentor.id)
        source.session.title = f"All about {SECRET}"

    taking_back.take_back_source(library, mentor.viewer, part.source_id)

    assert left_in(library, SECRET) == []


def test_who_spoke_in_it_alone_is_not_asked_any_more(library, mentor, talk):
    """A session that waited for a voice of that part follows from the answers of the others."""
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        source = sources.add(
            db, session, kind=SourceKind.NOTE, filename="b.md", sha256="0" * 64, size=1
        )
        cleo = transcripts.SegmentDraft(text="No.", speaker="Cleo")
        transcripts.save_version(db, source, [cleo], origin="note")
        before = session.release

    taking_back.take_back_source(library, mentor.viewer, source.id)

    with library.reading() as db:
        session = sessions.get(db, talk.session_id)
        assert (before, session.release) == (Release.WAITING, Release.RELEASED)
        seen = db.query(MentoringSession.id).filter(visible_sessions(GUEST)).all()
        assert [row.id for row in seen] == [talk.session_id]


def test_a_hold_keeps_every_part(library, mentor, admin, talk, part):
    """Nothing goes while the session is on hold."""
    with library.transaction() as db:
        holds.set_hold(db, admin.viewer, talk.session_id, hold=True, reason="A suit")

    with pytest.raises(ConflictError, match="on hold"):
        taking_back.take_back_source(library, mentor.viewer, part.source_id)

    with library.reading() as db:
        assert len(sessions.get(db, talk.session_id).sources) == 2


def test_the_last_part_goes_with_its_session_only(library, mentor, talk):
    """An empty session is nothing: the answer says what to do instead."""
    with pytest.raises(ConflictError, match="Remove the session instead"):
        taking_back.take_back_source(library, mentor.viewer, talk.source_id)


def test_only_who_may_change_the_session_takes_a_part_back(library, mentee, talk, part):
    """Somebody who reads it may not; what is not there cannot be found."""
    with pytest.raises(NotAllowedError):
        taking_back.take_back_source(library, mentee.viewer, part.source_id)
    with pytest.raises(NotFoundError):
        taking_back.take_back_source(library, mentee.viewer, 99)


def test_sealed_originals_go_with_the_part_that_they_are_of(library, mentor, talk):
    """The seal of another part stays."""
    notes = [
        add_part(
            library,
            talk.session_id,
            lines=[("", f"Note {name} says {SECRET}.")],
            content=f"Note {name} says {SECRET}.\n".encode(),
            kind=SourceKind.NOTE,
        )
        for name in ("one", "two")
    ]
    sealed = []
    for note in notes:
        with library.transaction() as db:
            source = sources.get(db, note.source_id)
            before = {row.name for row in db.query(SealedOriginal)}
            originals.replace_text(library, db, source, Originals.SEAL)
            sealed += [row.name for row in db.query(SealedOriginal) if row.name not in before]

    taking_back.take_back_source(library, mentor.viewer, notes[0].source_id)

    assert [library.files.sealed(name).exists() for name in sealed] == [False, True]


def test_a_receipt_says_what_went_and_holds(library, mentor, talk, part):
    """Counted before it went; nothing objects afterwards, until something is changed."""
    receipt = taking_back.take_back_source(library, mentor.viewer, part.source_id).content

    assert (receipt["session"], receipt["sources"]) == (talk.session_id, [part.source_id])
    assert receipt["removed"] == {
        "embedding": 2,
        "passage": 2,
        "segment": 2,
        "speaker_identity": 2,
        "transcript_version": 1,
    }
    assert receipt["person"] == mentor.id
    compaction.run(library)
    with library.reading() as db:
        assert list(removed.objections(db, receipt)) == []
        assert sorted(removed.passage_ids(db, receipt)) == sorted(part.passage_ids)
        changed = list(removed.objections(db, {**receipt, "sources": []}))
        still_there = {**receipt, "sources": [talk.source_id]}
    assert len(changed) == 1
    assert "changed" in changed[0]
    assert SECRET not in str(still_there)


def test_what_has_yet_to_go_from_the_disk_is_said(library, mentor, talk):
    """A process that does not know the index leaves its part to another, and the check says so."""
    library.forget_passages = None
    receipt = taking_back.take_back(library, mentor.viewer, talk.session_id).content
    compaction.run(library)
    with library.reading() as db:
        first = list(removed.objections(db, receipt))

    library.forget_passages = list
    compaction.run(library)

    with library.reading() as db:
        assert list(removed.objections(db, receipt)) == []
    assert len(first) == 1
    assert "yet to go from the disk" in first[0]


def test_words_on_hold_are_sealed_and_not_destroyed(library, mentor, admin, talk):
    """What is put off the record while a session is on hold keeps its original under seal."""
    note = add_session(
        library,
        lines=[("", f"It was {SECRET}.")],
        content=f"It was {SECRET}.\n".encode(),
        kind=SourceKind.NOTE,
        owner=mentor,
    )
    with library.transaction() as db:
        holds.set_hold(db, admin.viewer, note.session_id, hold=True, reason="A suit")

    went = off_record.take_off(library, mentor.viewer, Wording(note.source_id, 0, SECRET))

    assert went.originals is Originals.SEAL
    with library.reading() as db:
        (row,) = db.query(SealedOriginal)
        _, pieces = originals.open_sealed(library, admin.viewer, row.id, "for the suit")
    assert SECRET in b"".join(pieces).decode()
