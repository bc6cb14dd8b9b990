"""Tests of taking back single sources, and of legal holds and receipts.

Covers: legal_holds, removal_receipts.
"""

import pytest

from library.access import GUEST, visible_sessions
from library.discovery import saved_searches
from library.errors import ConflictError, NotAllowedError, NotFoundError
from library.models import MentoringSession, Originals, Person, Release, SealedOriginal, SourceKind
from library.removal import (
    compaction,
    legal_holds,
    originals,
    redaction,
    removal_receipts,
    take_back,
)
from library.removal.redaction import Wording
from library.sessions import sessions, sources
from library.transcripts import versions
from tests.builders import TALK, add_part, add_session
from tests.remains import left_in

SECRET = "zanzibarflamingo"
SECRET_LINES = [("Cleo", f"Our password was {SECRET} until Easter."), ("Ada", "Oh dear.")]


@pytest.fixture
def talk(library, mentor):
    """Public session with a recording."""
    library.forget_passages = list
    return add_session(library, owner=mentor, content=b"its sound")


@pytest.fixture
def part(library, talk):
    """Second source of the session: a recording with the secret."""
    return add_part(library, talk.session_id, lines=SECRET_LINES, content=SECRET.encode())


def test_one_part_goes_and_the_rest_stays(library, mentor, talk, part):
    """Taking back a source removes its text, its file and quotations of its text.

    The other source of the session stays.
    """
    with library.transaction() as db:
        saved_searches.remember(db, mentor.viewer, f"who said {SECRET}?")
        sessions.get(db, talk.session_id).title = f"On {SECRET} and feedback"

    take_back.take_back_source(library, mentor.viewer, part.source_id)

    assert left_in(library, SECRET) == []
    with library.reading() as db:
        session = sessions.get(db, talk.session_id)
        assert [source.id for source in session.sources] == [talk.source_id]
        assert session.title == "On \u2026 and feedback"
        version = versions.current_version(db, talk.source_id)
        assert [s.text for s in versions.segments_of(db, version.id)] == [t for _, t in TALK]
        assert library.files.has(session.sources[0].sha256)
        assert "Cleo" not in {person.name for person in db.query(Person)}


def test_quotations_of_earlier_versions_are_removed(library, mentor, talk, part):
    """Taking back a source removes also quotations of its earlier transcript versions."""
    with library.transaction() as db:
        source = sources.get(db, part.source_id)
        versions.save_version(db, source, [], origin="correction", author_id=mentor.id)
        source.session.title = f"All about {SECRET}"

    take_back.take_back_source(library, mentor.viewer, part.source_id)

    assert left_in(library, SECRET) == []


def test_a_speaker_of_a_removed_part_is_not_asked_any_more(library, mentor, talk):
    """A speaker whose only source was taken back is not asked for consent any more.

    If no other answer is missing, the session is released.
    """
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        source = sources.add(
            db, session, kind=SourceKind.NOTE, filename="b.md", sha256="0" * 64, size=1
        )
        cleo = versions.SegmentDraft(text="No.", speaker="Cleo")
        versions.save_version(db, source, [cleo], origin="note")
        before = session.release

    take_back.take_back_source(library, mentor.viewer, source.id)

    with library.reading() as db:
        session = sessions.get(db, talk.session_id)
        assert (before, session.release) == (Release.WAITING, Release.RELEASED)
        rows = db.query(MentoringSession.id).filter(visible_sessions(GUEST)).all()
        assert [row.id for row in rows] == [talk.session_id]


def test_a_hold_keeps_every_part(library, mentor, admin, talk, part):
    """No source of a session with a legal hold can be taken back."""
    with library.transaction() as db:
        legal_holds.set_hold(db, admin.viewer, talk.session_id, hold=True, reason="A suit")

    with pytest.raises(ConflictError, match="legal hold"):
        take_back.take_back_source(library, mentor.viewer, part.source_id)

    with library.reading() as db:
        assert len(sessions.get(db, talk.session_id).sources) == 2


def test_the_last_part_goes_with_its_session_only(library, mentor, talk):
    """The only source of a session cannot be taken back without the session.

    The error says to remove the session instead.
    """
    with pytest.raises(ConflictError, match="Remove the session instead"):
        take_back.take_back_source(library, mentor.viewer, talk.source_id)


def test_only_editors_of_the_session_take_a_part_back(library, mentee, talk, part):
    """A person who cannot edit the session cannot take back a source.

    An unknown source is not found.
    """
    with pytest.raises(NotAllowedError):
        take_back.take_back_source(library, mentee.viewer, part.source_id)
    with pytest.raises(NotFoundError):
        take_back.take_back_source(library, mentee.viewer, 99)


def test_sealed_originals_go_with_the_part_that_they_are_of(library, mentor, talk):
    """Taking back a source deletes the sealed originals of this source only."""
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

    take_back.take_back_source(library, mentor.viewer, notes[0].source_id)

    assert [library.files.sealed(name).exists() for name in sealed] == [False, True]


def test_a_receipt_says_what_went_and_holds(library, mentor, talk, part):
    """A receipt says how many rows were removed. The check detects a changed receipt."""
    receipt = take_back.take_back_source(library, mentor.viewer, part.source_id).content

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
        assert list(removal_receipts.objections(db, receipt)) == []
        assert sorted(removal_receipts.passage_ids(db, receipt)) == sorted(part.passage_ids)
        changed = list(removal_receipts.objections(db, {**receipt, "sources": []}))
        still_there = {**receipt, "sources": [talk.source_id]}
    assert len(changed) == 1
    assert "changed" in changed[0]
    assert SECRET not in str(still_there)


def test_a_receipt_reports_an_unfinished_erasure(library, mentor, talk):
    """The check of a receipt reports passages that are still in the search index."""
    library.forget_passages = None
    receipt = take_back.take_back(library, mentor.viewer, talk.session_id).content
    compaction.run(library)
    with library.reading() as db:
        first = list(removal_receipts.objections(db, receipt))

    library.forget_passages = list
    compaction.run(library)

    with library.reading() as db:
        assert list(removal_receipts.objections(db, receipt)) == []
    assert len(first) == 1
    assert "still on the disk" in first[0]


def test_words_on_hold_are_sealed_and_not_destroyed(library, mentor, admin, talk):
    """If a session has a legal hold, a redaction seals the original and does not destroy it."""
    note = add_session(
        library,
        lines=[("", f"It was {SECRET}.")],
        content=f"It was {SECRET}.\n".encode(),
        kind=SourceKind.NOTE,
        owner=mentor,
    )
    with library.transaction() as db:
        legal_holds.set_hold(db, admin.viewer, note.session_id, hold=True, reason="A suit")

    result = redaction.redact(library, mentor.viewer, Wording(note.source_id, 0, SECRET))

    assert result.originals is Originals.SEAL
    with library.reading() as db:
        (row,) = db.query(SealedOriginal)
        _, pieces = originals.open_sealed(library, admin.viewer, row.id, "for the suit")
    assert SECRET in b"".join(pieces).decode()
