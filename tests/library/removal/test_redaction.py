"""Tests of redaction: the redacted text stays nowhere in the library.

Covers: originals, pending_trims, redact_transcript.
"""

import os
import signal
from dataclasses import replace
from itertools import count
from multiprocessing import get_context

import pytest
from sqlalchemy import select

from library.collections import collections
from library.discovery import saved_searches
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.models import (
    Embedding,
    Erasure,
    Originals,
    ParticipantRole,
    Passage,
    Person,
    Segment,
    SourceKind,
    Stage,
    State,
    TranscriptionCheckpoint,
    TranscriptVersion,
    Visibility,
)
from library.removal import originals, pending_trims, redaction, take_back
from library.removal.redaction import TimeRange, Wording
from library.sessions import asr_checkpoints, erasure, sources
from library.sessions.segments import SegmentDraft
from library.settings import Settings
from library.store import open_library
from library.transcripts import drafts, versions
from tests.builders import add_session, person_named
from tests.remains import left_in, remains_of

SECRET = "zanzibarflamingo"
LINES = (
    ("Ada", "Ask for feedback the same day."),
    ("Ada", f"Our password was {SECRET} until Easter."),
    ("Ben", "I was afraid that it would sound like a complaint."),
)


def spoken(text: str, start: float, speaker: str = "Ada") -> SegmentDraft:
    """Return a segment in which each word takes one second."""
    words = [(f" {w}", start + i, start + i + 1, 0.9) for i, w in enumerate(text.split())]
    return SegmentDraft(
        text=text, start=start, end=start + len(words), speaker=speaker, words=words
    )


def texts(library, source_id):
    """Return start, end and text of the segments in a source's current version."""
    with library.reading() as db:
        version = versions.current_version(db, source_id)
        return [(s.start, s.end, s.text) for s in versions.segments_of(db, version.id)]


@pytest.fixture
def talk(library, mentor):
    """Session of the mentor. Its second segment contains the secret."""
    return add_session(library, lines=LINES, owner=mentor, title="A talk", content=b"sound")


def test_the_chosen_words_are_removed_and_others_stay(library, mentor):
    """A redaction removes the chosen words of a segment, and splits the segment at their place."""
    built = add_session(library, lines=LINES, owner=mentor)
    with library.transaction() as db:
        versions.save_version(
            db, sources.get(db, built.source_id), [spoken("a b c d e f", 0.0)], origin="correction"
        )

    result = redaction.redact(library, mentor.viewer, TimeRange(built.source_id, 2.2, 3.7))

    assert (result.start, result.end, result.words) == (2.0, 4.0, "c d")
    assert texts(library, built.source_id) == [(0.0, 2.0, "a b"), (4.0, 6.0, "e f")]


def test_redacted_text_is_not_on_the_disk(library, mentor, talk):
    """No row, version, draft, vector, history or free database page contains redacted text."""
    vector = repeat_everywhere(library, mentor, talk)
    assert remains_of(library.settings.home, SECRET, vector) != []

    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 10.0, 20.0))

    assert left_in(library, SECRET, vector) == []
    assert [text for *_, text in texts(library, talk.source_id)] == [
        "Ask for feedback the same day. Yes.",
        "I was afraid that it would sound like a complaint. Yes.",
    ]


def repeat_everywhere(library, mentor, talk):
    """Copy the secret into a checkpoint, a draft, title, description, searches and a correction.

    Return the vector of the passage with the secret.
    """
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        asr_checkpoints.save(db, source, 0, {"segments": [{"text": f"was {SECRET} until"}]})
        version = versions.current_version(db, source.id)
        pieces = [{"keep": 0}, {"text": f"It was {SECRET}."}]
        drafts.save(db, mentor.viewer, source, base_id=version.id, pieces=pieces, revision=0)
        source.session.title = f"How {SECRET} came to be"
        source.session.description = f"All about {SECRET}."
        saved_searches.remember(db, mentor.viewer, f"who said {SECRET}?")
        saved_searches.save(db, mentor.viewer, name=f"my {SECRET}", question="passwords")
        corrected = [replace(d, text=d.text + " Yes.") for d in versions.drafts_of(db, version.id)]
        versions.save_version(db, source, corrected, origin="correction")
        return db.scalar(
            select(Embedding.vector).where(Embedding.passage_id == talk.passage_ids[1])
        )


def test_the_passages_beside_it_stay_where_they_are(library, mentor, talk):
    """Passages without redacted words keep their ids and belong to the new version."""
    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 12.0, 13.0))

    with library.reading() as db:
        passages = db.scalars(select(Passage).order_by(Passage.id)).all()
        texts_of_passages = [
            versions.spoken_in(db, p.version_id, p.first_segment, p.last_segment) for p in passages
        ]
    assert [p.id for p in passages] == [talk.passage_ids[0], talk.passage_ids[2]]
    assert [s.text for rows in texts_of_passages for s in rows] == [LINES[0][1], LINES[2][1]]


@pytest.mark.parametrize("origin", ["whisper", "import", "correction"])
def test_a_later_transcript_does_not_restore_redacted_text(library, mentor, talk, origin):
    """A later transcript does not bring redacted text back."""
    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 10.0, 20.0))

    with library.transaction() as db:
        later = [
            SegmentDraft(text=t, start=10.0 * i, end=10.0 * i + 10)
            for i, (_, t) in enumerate(LINES)
        ]
        versions.save_version(db, sources.get(db, talk.source_id), later, origin=origin)

    assert SECRET not in str(texts(library, talk.source_id))


def test_a_correction_of_an_earlier_version_is_refused(library, mentor, talk):
    """A correction of a transcript version from before a redaction is refused."""
    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 10.0, 20.0))

    with pytest.raises(versions.NewerVersionError), library.transaction() as db:
        versions.save_correction(
            db,
            mentor.viewer,
            sources.get(db, talk.source_id),
            base_id=talk.version_id,
            segments=[],
        )


def test_the_audio_is_not_served_until_it_is_redacted(library, mentor, talk):
    """After a redaction, the audio is not served until the worker has rewritten it."""
    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 10.0, 20.0))

    with library.reading() as db:
        source = sources.get(db, talk.source_id)
        assert (source.state, source.stage) == (State.WAITING, Stage.TRANSCRIBED)
        with pytest.raises(pending_trims.BeingTrimmedError):
            pending_trims.require_trimmed(db, talk.source_id)


def test_the_outline_is_silent_there_at_once(library, mentor, talk):
    """Directly after a redaction, the waveform of the recording is flat in the redacted range."""
    with library.transaction() as db:
        sources.get(db, talk.source_id).peaks = bytes([200] * 30)

    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 10.0, 20.0))

    with library.reading() as db:
        outline = sources.get(db, talk.source_id).peaks
    assert outline[10:20] == bytes(10)
    assert set(outline[:10] + outline[21:]) == {200}


@pytest.mark.parametrize("policy", Originals)
def test_a_note_loses_it_with_its_file_and_its_history(library, mentor, admin, policy):
    """A redaction of a note replaces the file of the note.

    If originals are sealed, only an administrator can open the original, with a reason.
    """
    body = f"First.\n\nThe word is {SECRET} here.\n".encode()
    lines = [("", "First."), ("", f"The word is {SECRET} here.")]
    built = add_session(library, lines=lines, kind=SourceKind.NOTE, owner=mentor, content=body)
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Talks")
        collection.originals = policy
        collections.append_session(db, admin.viewer, collection, built.session_id)

    redaction.redact(library, mentor.viewer, Wording(built.source_id, 1, SECRET))

    assert left_in(library, SECRET) == []
    with library.reading() as db:
        source = sources.get(db, built.source_id)
        body_now = library.files.path(source.sha256).read_text()
        under_seal = originals.sealed(db, admin.viewer)
        opened = [
            b"".join(originals.open_sealed(library, admin.viewer, one.id, "a complaint")[1])
            for one in under_seal
        ]
        with pytest.raises(NotAllowedError):
            originals.sealed(db, mentor.viewer)
    with pytest.raises(InvalidInputError):
        originals.open_sealed(library, admin.viewer, 1, " ")
    with pytest.raises(NotFoundError):
        originals.open_sealed(library, admin.viewer, 999, "a complaint")
    assert body_now == "First.\n\nThe word is  here.\n".replace("  ", " ")
    assert opened == ([body] if policy is Originals.SEAL else [])


def test_an_imported_transcript_loses_it_with_its_file(library, mentor):
    """A redaction of an imported transcript replaces the file by WebVTT without the text."""
    body = f"WEBVTT\n\n00:10.000 --> 00:20.000\nOur password was {SECRET}\n".encode()
    built = add_session(
        library, lines=LINES, kind=SourceKind.TRANSCRIPT, owner=mentor, content=body
    )

    redaction.redact(library, mentor.viewer, TimeRange(built.source_id, 11.0, 12.0))

    assert left_in(library, SECRET) == []
    with library.reading() as db:
        source = sources.get(db, built.source_id)
        assert not pending_trims.being_trimmed(db, source.id)
    written = library.files.path(source.sha256).read_text()
    assert "00:00:00.000 --> 00:00:10.000\n<v Ada>Ask for feedback the same day." in written


def test_only_editors_of_the_session_can_redact(library, mentor, mentee, talk):
    """A member without edit rights cannot redact a session.

    A hidden session is not found.
    """
    hidden = add_session(library, lines=LINES, owner=mentor, visibility=Visibility.PRIVATE)

    with pytest.raises(NotAllowedError):
        redaction.redact(library, mentee.viewer, TimeRange(talk.source_id, 0, 5))
    with pytest.raises(NotFoundError):
        redaction.redact(library, mentee.viewer, TimeRange(hidden.source_id, 0, 5))


@pytest.mark.parametrize(
    "span", [(5.0, 5.0), (9.0, 3.0), (float("nan"), 4.0), (500.0, 600.0), (-9.0, -1.0)]
)
def test_an_invalid_range_is_refused(library, mentor, talk, span):
    """A redaction of an empty, reversed or invalid range is refused. Nothing changes."""
    with pytest.raises(InvalidInputError):
        redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, *span))

    assert len(texts(library, talk.source_id)) == 3


@pytest.mark.parametrize(("paragraph", "text"), [(7, ""), (-1, ""), (0, "not in it")])
def test_wording_that_a_note_does_not_have_is_refused(library, mentor, paragraph, text):
    """A redaction of a paragraph or a text that the note does not contain is refused."""
    built = add_session(library, kind=SourceKind.NOTE, owner=mentor)

    with pytest.raises(InvalidInputError):
        redaction.redact(library, mentor.viewer, Wording(built.source_id, paragraph, text))


def test_without_a_transcript_there_is_nothing_to_choose_from(library, mentor, talk):
    """A recording cannot be redacted while it has no transcript."""
    with library.transaction() as db:
        for version in db.scalars(select(TranscriptVersion)):
            db.delete(version)

    with pytest.raises(ConflictError):
        redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 0, 5))


def test_unrelated_questions_stay_in_the_history(library, mentor, talk):
    """A redaction deletes only those search questions that contain redacted words."""
    with library.transaction() as db:
        for question in ("what was the password", f"{SECRET}", "feedback the same day", "easter"):
            saved_searches.remember(db, mentor.viewer, question)

    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 10.0, 20.0))

    with library.reading() as db:
        questions = [row.question for row in saved_searches.history(db, mentor.viewer)]
    assert questions == ["feedback the same day"]


def test_taking_a_session_back_leaves_nothing(library, mentor, talk):
    """Taking back a session deletes its text, vectors and files.

    Questions about the session, and people who appear in no other session, are deleted too.
    """
    vector = repeat_everywhere(library, mentor, talk)

    library.forget_passages = list

    take_back.take_back(library, mentor.viewer, talk.session_id)

    assert left_in(library, SECRET, vector, "complaint") == []
    with library.reading() as db:
        assert db.scalars(select(Segment)).all() == []
        assert db.scalars(select(TranscriptionCheckpoint)).all() == []
        assert "Ada" not in {person.name for person in db.scalars(select(Person))}
        assert db.scalars(select(Erasure)).all() == []


def test_a_speaker_of_another_session_stays(library, mentor, talk):
    """Taking back a session does not delete a person who also takes part in another session."""
    with library.reading() as db:
        ada = person_named(db, "Ada").id
    add_session(
        library, lines=[("Ada", "Something else.")], participants=[(ada, ParticipantRole.MENTEE)]
    )

    take_back.take_back(library, mentor.viewer, talk.session_id)

    with library.reading() as db:
        names = {person.name for person in db.scalars(select(Person))}
    assert "Ada" in names
    assert "Ben" not in names


def die_at(home, source_id, viewer, step):
    """Redact a note in a process that is killed before erasure number *step*."""
    opened = open_library(Settings(home=home))
    steps = count()

    def dying(library, what, name, _really=erasure._remove):
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        _really(library, what, name)

    erasure._remove = dying
    redaction.redact(opened, viewer, Wording(source_id, 0, SECRET))


@pytest.mark.parametrize("step", range(4))
def test_a_killed_redaction_is_finished_by_the_next_process(library, mentor, step):
    """A redaction whose process was killed after the transaction is finished by a later process.

    The redacted text is then in no file.
    """
    body = f"The word is {SECRET} here.\n".encode()
    lines = [("", f"The word is {SECRET} here.")]
    built = add_session(library, lines=lines, kind=SourceKind.NOTE, owner=mentor, content=body)
    home = library.settings.home
    process = get_context("spawn").Process(
        target=die_at, args=(home, built.source_id, mentor.viewer, step)
    )
    process.start()
    process.join()
    assert SECRET not in str(texts(library, built.source_id))

    library.forget_passages = list
    finished = erasure.finish(library)

    assert finished
    assert left_in(library, SECRET) == []
