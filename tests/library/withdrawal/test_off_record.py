"""What is off the record is nowhere: not in rows, files, histories, nor in what the disk keeps."""

import os
import signal
from dataclasses import replace
from itertools import count
from multiprocessing import get_context

import pytest
from sqlalchemy import select

from library.editing import drafts, transcripts
from library.editing.segments import SegmentDraft
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.holdings import collections, erasure, heard_blocks, sessions, sources
from library.models import (
    Embedding,
    Erasure,
    HeardBlock,
    Originals,
    Part,
    Passage,
    Person,
    Segment,
    SourceKind,
    Stage,
    State,
    TranscriptVersion,
)
from library.searching import searches
from library.settings import Settings
from library.store import open_library
from library.withdrawal import off_record, originals, taking_back, trimming
from library.withdrawal.off_record import Stretch, Wording
from tests.builders import add_session, person_named
from tests.remains import left_in, remains_of

SECRET = "zanzibarflamingo"
LINES = (
    ("Ada", "Ask for feedback the same day."),
    ("Ada", f"Our password was {SECRET} until Easter."),
    ("Ben", "I was afraid that it would sound like a complaint."),
)


def spoken(text: str, start: float, speaker: str = "Ada") -> SegmentDraft:
    """A segment with a second for each of its words."""
    words = [(f" {w}", start + i, start + i + 1, 0.9) for i, w in enumerate(text.split())]
    return SegmentDraft(
        text=text, start=start, end=start + len(words), speaker=speaker, words=words
    )


def texts(library, source_id):
    """The lines of a source's current transcript."""
    with library.reading() as db:
        version = transcripts.current_version(db, source_id)
        return [(s.start, s.end, s.text) for s in transcripts.segments_of(db, version.id)]


@pytest.fixture
def talk(library, mentor):
    """A session of the mentor's whose second line holds the secret."""
    return add_session(library, lines=LINES, owner=mentor, title="A talk", content=b"sound")


def test_the_words_go_and_their_neighbours_stay(library, mentor):
    """Of a line that knows its words' seconds only the chosen words go, and it parts there."""
    built = add_session(library, lines=LINES, owner=mentor)
    with library.transaction() as db:
        transcripts.save_version(
            db, sources.get(db, built.source_id), [spoken("a b c d e f", 0.0)], origin="correction"
        )

    went = off_record.take_off(library, mentor.viewer, Stretch(built.source_id, 2.2, 3.7))

    assert (went.start, went.end, went.words) == (2.0, 4.0, "c d")
    assert texts(library, built.source_id) == [(0.0, 2.0, "a b"), (4.0, 6.0, "e f")]


def test_nothing_is_left_of_it_on_the_disk(library, mentor, talk):
    """Rows, earlier versions, drafts, blocks, vectors, histories, freed pages: none holds it."""
    vector = repeat_everywhere(library, mentor, talk)
    assert remains_of(library.settings.home, SECRET, vector) != []

    off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, 10.0, 20.0))

    assert left_in(library, SECRET, vector) == []
    assert [text for *_, text in texts(library, talk.source_id)] == [
        "Ask for feedback the same day. Yes.",
        "I was afraid that it would sound like a complaint. Yes.",
    ]


def repeat_everywhere(library, mentor, talk):
    """Let the secret be in every table that holds words; gives the vector of its passage."""
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        heard_blocks.keep(db, source, 0, {"segments": [{"text": f"was {SECRET} until"}]})
        version = transcripts.current_version(db, source.id)
        pieces = [{"keep": 0}, {"text": f"It was {SECRET}."}]
        drafts.keep(db, mentor.viewer, source, base_id=version.id, pieces=pieces, revision=0)
        source.session.title = f"How {SECRET} came to be"
        source.session.description = f"All about {SECRET}."
        searches.remember(db, mentor.viewer, f"who said {SECRET}?")
        searches.save(db, mentor.viewer, name=f"my {SECRET}", question="passwords")
        corrected = [
            replace(d, text=d.text + " Yes.") for d in transcripts.drafts_of(db, version.id)
        ]
        transcripts.save_version(db, source, corrected, origin="correction")
        return db.scalar(
            select(Embedding.vector).where(Embedding.passage_id == talk.passage_ids[1])
        )


def test_the_passages_beside_it_stay_where_they_are(library, mentor, talk):
    """Passages that lost no word keep their address and point at their words in the new version."""
    off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, 12.0, 13.0))

    with library.reading() as db:
        kept = db.scalars(select(Passage).order_by(Passage.id)).all()
        said = [
            transcripts.spoken_in(db, p.version_id, p.first_segment, p.last_segment) for p in kept
        ]
    assert [p.id for p in kept] == [talk.passage_ids[0], talk.passage_ids[2]]
    assert [s.text for rows in said for s in rows] == [LINES[0][1], LINES[2][1]]


@pytest.mark.parametrize("origin", ["whisper", "import", "correction"])
def test_no_later_transcript_brings_it_back(library, mentor, talk, origin):
    """Whatever hears, imports or writes the same stretch again, the words stay out."""
    off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, 10.0, 20.0))

    with library.transaction() as db:
        again = [
            SegmentDraft(text=t, start=10.0 * i, end=10.0 * i + 10)
            for i, (_, t) in enumerate(LINES)
        ]
        transcripts.save_version(db, sources.get(db, talk.source_id), again, origin=origin)

    assert SECRET not in str(texts(library, talk.source_id))


def test_whoever_was_correcting_it_is_told(library, mentor, talk):
    """A correction of the version that held it is refused, and drafts of it are gone."""
    off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, 10.0, 20.0))

    with pytest.raises(transcripts.NewerVersionError), library.transaction() as db:
        transcripts.save_correction(
            db,
            mentor.viewer,
            sources.get(db, talk.source_id),
            base_id=talk.version_id,
            segments=[],
        )


def test_the_sound_is_not_served_until_it_is_trimmed(library, mentor, talk):
    """From the same moment on nobody hears the recording, and the worker is to write it anew."""
    off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, 10.0, 20.0))

    with library.reading() as db:
        source = sources.get(db, talk.source_id)
        assert (source.state, source.stage) == (State.WAITING, Stage.TRANSCRIBED)
        with pytest.raises(trimming.BeingTrimmedError):
            trimming.require_trimmed(db, talk.source_id)


def test_the_outline_is_silent_there_at_once(library, mentor, talk):
    """The waveform of the stretch is flat, and only there."""
    with library.transaction() as db:
        sources.get(db, talk.source_id).peaks = bytes([200] * 30)

    off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, 10.0, 20.0))

    with library.reading() as db:
        outline = sources.get(db, talk.source_id).peaks
    assert outline[10:20] == bytes(10)
    assert set(outline[:10] + outline[21:]) == {200}


@pytest.mark.parametrize("policy", Originals)
def test_a_note_loses_it_with_its_file_and_its_history(library, mentor, admin, policy):
    """The file is written anew; under seal the old one can only be opened by an administrator."""
    body = f"First.\n\nThe word is {SECRET} here.\n".encode()
    lines = [("", "First."), ("", f"The word is {SECRET} here.")]
    built = add_session(library, lines=lines, kind=SourceKind.NOTE, owner=mentor, content=body)
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="A shelf")
        shelf.originals = policy
        collections.put_in(db, admin.viewer, shelf, built.session_id)

    off_record.take_off(library, mentor.viewer, Wording(built.source_id, 1, SECRET))

    assert left_in(library, SECRET) == []
    with library.reading() as db:
        source = sources.get(db, built.source_id)
        kept = library.files.path(source.sha256).read_text()
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
    assert kept == "First.\n\nThe word is  here.\n".replace("  ", " ")
    assert opened == ([body] if policy is Originals.SEAL else [])


def test_an_imported_transcript_loses_it_with_its_file(library, mentor):
    """The WebVTT that was brought is replaced by one without the words."""
    body = f"WEBVTT\n\n00:10.000 --> 00:20.000\nOur password was {SECRET}\n".encode()
    built = add_session(
        library, lines=LINES, kind=SourceKind.TRANSCRIPT, owner=mentor, content=body
    )

    off_record.take_off(library, mentor.viewer, Stretch(built.source_id, 11.0, 12.0))

    assert left_in(library, SECRET) == []
    with library.reading() as db:
        source = sources.get(db, built.source_id)
        assert not trimming.being_trimmed(db, source.id)
    written = library.files.path(source.sha256).read_text()
    assert "00:00:00.000 --> 00:00:10.000\n<v Ada>Ask for feedback the same day." in written


def test_it_is_for_those_who_may_change_the_session(library, mentor, mentee, talk):
    """Others may see it and not cut it; who does not see it learns nothing."""
    hidden = add_session(library, lines=LINES, owner=mentor, visibility=sessions.Visibility.PRIVATE)

    with pytest.raises(NotAllowedError):
        off_record.take_off(library, mentee.viewer, Stretch(talk.source_id, 0, 5))
    with pytest.raises(NotFoundError):
        off_record.take_off(library, mentee.viewer, Stretch(hidden.source_id, 0, 5))


@pytest.mark.parametrize(
    "span", [(5.0, 5.0), (9.0, 3.0), (float("nan"), 4.0), (500.0, 600.0), (-9.0, -1.0)]
)
def test_a_stretch_that_is_none_is_refused(library, mentor, talk, span):
    """Turned round, empty, beyond the end or no number: nothing changes."""
    with pytest.raises(InvalidInputError):
        off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, *span))

    assert len(texts(library, talk.source_id)) == 3


@pytest.mark.parametrize(("paragraph", "text"), [(7, ""), (-1, ""), (0, "not in it")])
def test_wording_that_a_note_does_not_have_is_refused(library, mentor, paragraph, text):
    """The paragraph has to be there, and the words in it."""
    built = add_session(library, kind=SourceKind.NOTE, owner=mentor)

    with pytest.raises(InvalidInputError):
        off_record.take_off(library, mentor.viewer, Wording(built.source_id, paragraph, text))


def test_without_a_transcript_there_is_nothing_to_choose_from(library, mentor, talk):
    """A recording whose words are not here yet says to wait."""
    with library.transaction() as db:
        for version in db.scalars(select(TranscriptVersion)):
            db.delete(version)

    with pytest.raises(ConflictError):
        off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, 0, 5))


def test_who_asks_about_something_else_keeps_their_history(library, mentor, talk):
    """Only questions go that quote what went, or have a word of it that is nowhere else."""
    with library.transaction() as db:
        for question in ("what was the password", f"{SECRET}", "feedback the same day", "easter"):
            searches.remember(db, mentor.viewer, question)

    off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, 10.0, 20.0))

    with library.reading() as db:
        left = [asked.question for asked in searches.history(db, mentor.viewer)]
    assert left == ["feedback the same day"]


def test_taking_a_session_back_leaves_nothing(library, mentor, talk):
    """Words, vectors, files, histories and voices of a session that is taken back are gone."""
    vector = repeat_everywhere(library, mentor, talk)

    library.forget_passages = list

    taking_back.take_back(library, mentor.viewer, talk.session_id)

    assert left_in(library, SECRET, vector, "complaint") == []
    with library.reading() as db:
        assert db.scalars(select(Segment)).all() == []
        assert db.scalars(select(HeardBlock)).all() == []
        assert "Ada" not in {person.name for person in db.scalars(select(Person))}
        assert db.scalars(select(Erasure)).all() == []


def test_a_voice_that_speaks_elsewhere_stays(library, mentor, talk):
    """Who takes part in another session too is not forgotten with this one."""
    with library.reading() as db:
        ada = person_named(db, "Ada").id
    add_session(library, lines=[("Ada", "Something else.")], participants=[(ada, Part.MENTEE)])

    taking_back.take_back(library, mentor.viewer, talk.session_id)

    with library.reading() as db:
        names = {person.name for person in db.scalars(select(Person))}
    assert "Ada" in names
    assert "Ben" not in names


def die_at(home, source_id, viewer, step):
    """Take something off the record in a process that dies at the given step on the disk."""
    opened = open_library(Settings(home=home))
    taken = count()

    def dying(library, what, name, _really=erasure._remove):
        if next(taken) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        _really(library, what, name)

    erasure._remove = dying
    off_record.take_off(opened, viewer, Wording(source_id, 0, SECRET))


@pytest.mark.parametrize("step", range(4))
def test_who_is_killed_in_between_is_finished_by_the_next(library, mentor, step):
    """Wherever the process dies behind its transaction, the next one leaves nothing."""
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
