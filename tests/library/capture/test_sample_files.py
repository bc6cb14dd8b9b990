"""Tests of the sample files: they are complete, consistent and small."""

import json
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import av
import pytest
import webvtt

from library.models import Form, ParticipantRole, Role, Visibility

FOLDER = Path(str(files("library") / "samples"))
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
SESSIONS: list[dict[str, Any]] = MANIFEST["sessions"]
PEOPLE = {person["key"]: person["name"] for person in MANIFEST["people"]}
LARGEST_SOUND = 1_200_000  # bytes, so that the wheel stays small

spoken = pytest.mark.parametrize(
    "session", [s for s in SESSIONS if "transcript" in s], ids=lambda s: s["key"]
)
heard = pytest.mark.parametrize(
    "session", [s for s in SESSIONS if "audio" in s], ids=lambda s: s["key"]
)
every = pytest.mark.parametrize("session", SESSIONS, ids=lambda s: s["key"])


def seconds(time: webvtt.models.Timestamp) -> float:
    """Return a WebVTT time in seconds."""
    return time.hours * 3600 + time.minutes * 60 + time.seconds + time.milliseconds / 1000


def cues(session: dict[str, Any]) -> list[tuple[float, float, str, str]]:
    """Return the cues of a session's transcript: start and end in seconds, speaker and text."""
    return [
        (seconds(cue.start_time), seconds(cue.end_time), cue.voice, cue.text)
        for cue in webvtt.read(str(FOLDER / session["transcript"]))
    ]


def test_there_are_enough_samples():
    """The samples have at least 12 sessions, 3 recordings, 6 mentors and 6 mentees."""
    roles = [person["role"] for person in MANIFEST["people"]]

    assert len(SESSIONS) >= 12
    assert sum("audio" in session for session in SESSIONS) >= 3
    assert min(roles.count(Role.MENTOR), roles.count(Role.MENTEE)) >= 6


def test_every_form_of_mentoring_is_shown():
    """Each type of session has at least one sample session.

    The visibilities of the sample sessions are participants, members and public.
    """
    assert {Form(session["form"]) for session in SESSIONS} == set(Form)
    assert {Visibility(session["visibility"]) for session in SESSIONS} == {
        Visibility.PARTICIPANTS,
        Visibility.MEMBERS,
        Visibility.PUBLIC,
    }


@pytest.mark.parametrize("kind", ["people", "collections", "sessions"])
def test_keys_are_unique(kind):
    """Each sample person, collection and session has a unique key."""
    keys = [entry["key"] for entry in MANIFEST[kind]]

    assert len(keys) == len(set(keys))


@every
def test_the_values_of_a_session_are_valid(session):
    """People, roles, collections, date and files of every sample session are valid."""
    collections = {collection["key"] for collection in MANIFEST["collections"]}
    named = [session[kind] for kind in ("transcript", "note", "audio") if kind in session]

    assert {taking["person"] for taking in session["participants"]} <= set(PEOPLE)
    assert all(ParticipantRole(taking["role"]) for taking in session["participants"])
    assert set(session["collections"]) <= collections
    assert 2025 <= date.fromisoformat(session["held_on"]).year <= 2026
    assert all((FOLDER / name).stat().st_size for name in named)
    assert ("note" in session) != ("transcript" in session)


def test_every_sample_file_and_person_is_used():
    """Each file, person and collection of the samples belongs to at least one sample session."""
    named = {s[k] for s in SESSIONS for k in ("transcript", "note", "audio") if k in s}
    present = {path.name for path in FOLDER.iterdir()} - {"manifest.json", "SOURCES.md"}
    taking_part = {p["person"] for s in SESSIONS for p in s["participants"]}
    filled = {key for s in SESSIONS for key in s["collections"]}

    assert present == named
    assert taking_part == set(PEOPLE)
    assert filled == {collection["key"] for collection in MANIFEST["collections"]}


@spoken
def test_a_transcript_runs_forward(session):
    """The cues of a sample transcript are in order, do not overlap and have text."""
    end_before = 0.0

    for start, end, _, words in cues(session):
        assert end_before <= start < end
        assert words.strip()
        end_before = end


@spoken
def test_the_speakers_are_the_participants(session):
    """The speakers of a sample transcript are exactly the participants of its session."""
    expected = {PEOPLE[taking["person"]] for taking in session["participants"]}

    assert {speaker for _, _, speaker, _ in cues(session)} == expected


@heard
def test_a_recording_fits_its_transcript(session):
    """A sample recording can be decoded and is small.

    It ends less than 1.5 seconds after the last cue of its transcript.
    """
    path = FOLDER / session["audio"]

    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        length = sum(frame.samples / frame.sample_rate for frame in container.decode(stream))

    assert path.stat().st_size <= LARGEST_SOUND
    assert 0 <= length - cues(session)[-1][1] < 1.5


@pytest.mark.parametrize("question", MANIFEST["questions"], ids=lambda q: q["text"])
def test_a_question_points_into_a_public_transcript(question):
    """The answer to each sample question is at the time of a cue in a public session."""
    session = next(s for s in SESSIONS if s["key"] == question["session"])
    spans = [(start, end) for start, end, _, _ in cues(session)]

    assert session["visibility"] == Visibility.PUBLIC
    assert any(start - 0.1 <= question["near"] <= end for start, end in spans)


def test_there_are_questions_to_offer():
    """The samples have at least twelve different questions."""
    texts = {question["text"] for question in MANIFEST["questions"]}

    assert len(texts) == len(MANIFEST["questions"])
    assert len(texts) >= 12
